using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>A <see cref="QuotaAsk"/> on its way.</summary>
[GenerateSerializer, Immutable, Alias("serving.quota.ask")]
public sealed class SentAsk
{
    [Id(0)]
    public required string Quota { get; init; }

    [Id(1)]
    public required QuotaKind Kind { get; init; }

    [Id(2)]
    public double Wanted { get; init; }

    [Id(3)]
    public double Least { get; init; }

    [Id(4)]
    public long Lease { get; init; }

    [Id(5)]
    public double Unused { get; init; }

    [Id(6)]
    public int Held { get; init; }

    public static SentAsk Of(QuotaAsk ask) => new()
    {
        Quota = ask.Quota, Kind = ask.Kind, Wanted = ask.Wanted, Least = ask.Least, Lease = ask.Lease, Unused = ask.Unused, Held = ask.Held,
    };

    public QuotaAsk ToAsk() => new(Quota, Kind, Wanted, Least, Lease, Unused, Held);
}
