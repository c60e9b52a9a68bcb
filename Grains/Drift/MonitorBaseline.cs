namespace Grains.Drift;

/// <summary>What a version is compared with, as it is kept.</summary>
[GenerateSerializer, Immutable, Alias("serving.state.baseline")]
internal sealed record MonitorBaseline
{
    /// <inheritdoc cref="WatchRow.Number"/>
    [Id(0)]
    public long Number { get; init; }

    /// <summary>The hash, or the order to learn, that the number stands for; empty for nothing.</summary>
    [Id(1)]
    public string Announced { get; init; } = "";

    /// <summary>The stored document of a baseline that was uploaded or learned; null for none.</summary>
    [Id(2)]
    public byte[]? Document { get; init; }

    /// <summary>Rows to learn a baseline from; 0 for none.</summary>
    [Id(3)]
    public int Learning { get; init; }

    /// <summary>It was removed: one in the model's folder stays out.</summary>
    [Id(4)]
    public bool IsRemoved { get; init; }

    /// <summary>Another baseline, an order to learn one, or neither.</summary>
    public MonitorBaseline With(byte[]? document, int learning, string announcement, DateTimeOffset now) =>
        (this with { Document = document, Learning = learning, IsRemoved = document is null && learning == 0 }).Announce(announcement, now);

    /// <summary>The same under a number above all before; even where the storage has lost the number.</summary>
    public MonitorBaseline Announce(string announcement, DateTimeOffset now) =>
        this with { Announced = announcement, Number = Math.Max(Number + 1, now.UtcTicks) };
}
