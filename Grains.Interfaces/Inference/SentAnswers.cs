namespace Grains.Inference;

/// <summary>What came of requests that travelled together, in their order.</summary>
[GenerateSerializer, Immutable, Alias("serving.answers")]
public sealed class SentAnswers(SentAnswer[] answers)
{
    [Id(0)]
    public SentAnswer[] Answers { get; } = answers;
}
