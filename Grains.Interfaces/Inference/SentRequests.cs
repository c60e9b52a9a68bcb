namespace Grains.Inference;

/// <summary>Requests for one replica that travel together.</summary>
[GenerateSerializer, Immutable, Alias("serving.requests")]
public sealed class SentRequests(SentRequest[] requests)
{
    [Id(0)]
    public SentRequest[] Requests { get; } = requests;
}
