using Grains.Inference;

namespace Grains.Replicas;

/// <summary>Statistics of versions, or why there are none.</summary>
[GenerateSerializer, Immutable, Alias("serving.statistics.reply")]
public sealed class StatisticsReply
{
    [Id(0)]
    public SentStatistics[] Versions { get; init; } = [];

    [Id(1)]
    public SentError? Error { get; init; }
}
