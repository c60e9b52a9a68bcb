using Grains.Replicas;
using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>
/// What this process has learnt about a silo from its answers: whether it answers, how busy it is. Written without a lock by many
/// requests; each value stands for itself, and being a little late is no harm.
/// </summary>
/// <remarks>
/// A silo that fails a request or keeps silent is ejected for one to two seconds, drawn at random so that not all gateways return to it at one
/// moment: requests go elsewhere while they can. At the end it is asked whether it lives; without an answer it is ejected anew, so that
/// no request pays for finding out.
/// </remarks>
internal sealed class SiloLink(SiloAddress silo, TimeProvider clock)
{
    /// <summary>Silence after which a silo is asked whether it lives.</summary>
    private static readonly TimeSpan AskAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Silence after that, and it is ejected.</summary>
    private static readonly TimeSpan EjectAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>The shortest ejection.</summary>
    private static readonly TimeSpan ShortestEjection = TimeSpan.FromSeconds(1);

    /// <summary>The longest ejection is by so much longer.</summary>
    private static readonly TimeSpan EjectionSpread = TimeSpan.FromSeconds(1);

    /// <summary>The end of an ejection, in which the answer to a probe is waited for: as long as it may be silent otherwise.</summary>
    private static readonly TimeSpan ProbeFor = AskAfter + EjectAfter;

    private long heardAt;
    private long askedAt;
    private long ejectedAt;
    private int ejections;
    private int underWay;
    private int waiting;
    private volatile bool isForgotten;

    public SiloAddress Silo { get; } = silo;

    /// <summary>When it last answered anything, as a timestamp.</summary>
    public long HeardAt => Volatile.Read(ref heardAt);

    /// <summary>Requests sent to it and not answered, and those it said were waiting there.</summary>
    public int Load => Volatile.Read(ref underWay) + Volatile.Read(ref waiting);

    /// <summary>Requests are best sent elsewhere.</summary>
    public bool IsEjected => Volatile.Read(ref ejections) != 0;

    public void Sent() => Interlocked.Increment(ref underWay);

    /// <summary>A request to it has ended, one way or another.</summary>
    public void Ended() => Interlocked.Decrement(ref underWay);

    public void Heard(int waits)
    {
        Volatile.Write(ref heardAt, clock.GetTimestamp());
        Volatile.Write(ref waiting, waits);
    }

    /// <summary>
    /// Whether nothing was heard of it since it was sent something, nor when it was asked: what was sent there is best sent elsewhere too.
    /// </summary>
    public bool IsSilent(long sent, long now) =>
        IsEjected && clock.GetElapsedTime(Math.Max(sent, HeardAt), now) >= AskAfter + EjectAfter;

    /// <summary>Asks a silo that has not answered for some time whether it lives, and ejects it when it does not answer that either.</summary>
    /// <returns>See <see cref="IsSilent"/>.</returns>
    public bool Look(long sent, long now, IModelReplica replica)
    {
        var since = Math.Max(sent, HeardAt);
        if (clock.GetElapsedTime(since, now) < AskAfter) return false;
        var asked = Volatile.Read(ref askedAt);
        if (asked <= since)
        {
            if (Interlocked.CompareExchange(ref askedAt, now, asked) == asked) _ = ProbeAsync(replica);
            return false;
        }

        if (clock.GetElapsedTime(asked, now) < EjectAfter) return false;
        Eject(replica);
        return IsSilent(sent, now);
    }

    /// <summary>Has requests go elsewhere for one to two seconds, and on until the silo answers a probe.</summary>
    public void Eject(IModelReplica replica)
    {
        if (Interlocked.CompareExchange(ref ejections, 1, 0) == 0) _ = StayOutAsync(replica);
    }

    /// <summary>
    /// Of two ejected silos, whether this is the one to try where no other is left: it has left fewer probes unanswered, or as many and was
    /// ejected earlier.
    /// </summary>
    public bool IsOutLessThan(SiloLink other)
    {
        var (mine, theirs) = (Volatile.Read(ref ejections), Volatile.Read(ref other.ejections));
        return mine != theirs ? mine < theirs : Volatile.Read(ref ejectedAt) < Volatile.Read(ref other.ejectedAt);
    }

    /// <summary>No route leads to the silo any more: it is not asked any further.</summary>
    public void Forget() => isForgotten = true;

    /// <summary>Asks whether the silo answers at all. Never fails.</summary>
    private async Task ProbeAsync(IModelReplica replica)
    {
        try
        {
            // The answer of an activation that came up elsewhere says nothing of this silo.
            if ((await replica.Where().ConfigureAwait(false)).Equals(Silo)) Volatile.Write(ref heardAt, clock.GetTimestamp());
        }
        catch (Exception lost) when (ClusterFault.Is(lost) || lost is OperationCanceledException)
        {
            // Not heard of.
        }
    }

    private async Task StayOutAsync(IModelReplica replica)
    {
        long asked;
        do
        {
            Volatile.Write(ref ejectedAt, clock.GetTimestamp());
            await Task.Delay(ShortestEjection + EjectionSpread * Random.Shared.NextDouble() - ProbeFor, clock).ConfigureAwait(false);
            asked = clock.GetTimestamp();
            _ = ProbeAsync(replica);
            await Task.Delay(ProbeFor, clock).ConfigureAwait(false);
            Interlocked.Increment(ref ejections);
        }
        while (HeardAt < asked && !isForgotten);
        Volatile.Write(ref ejections, 0);
    }
}
