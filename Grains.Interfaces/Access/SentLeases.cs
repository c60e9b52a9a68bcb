namespace Grains.Access;

/// <summary>Grants on their way to a silo.</summary>
[GenerateSerializer, Immutable, Alias("serving.quota.leases")]
public sealed class SentLeases
{
    /// <summary>Which life of the grain they are from.</summary>
    [Id(0)]
    public required long Life { get; init; }

    [Id(1)]
    public double[] Amounts { get; init; } = [];

    [Id(2)]
    public long[] Leases { get; init; } = [];
}
