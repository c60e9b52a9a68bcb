using Grains.Replicas;
using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>
/// What this process has learnt about a silo from its answers: whether it answers, how busy it is. Written without a lock by many
/// requests; each value stands for itself, and being a little late is no harm.
/// </summary>
/// <remarks>
/// A silo that fails a request or keeps silent becomes suspect: requests go elsewhere while they can, and only probes ask it. It is
/// trusted again with its first answer, so that no caller pays for finding out.
/// </remarks>
internal sealed class SiloLink(SiloAddress silo, TimeProvider clock)
{
    /// <summary>Silence after which a silo is asked whether it lives.</summary>
    private static readonly TimeSpan AskAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Silence after that, and it is suspect.</summary>
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Probing ends with the silo's removal from the routes, at the latest after this time: then a request asks again.</summary>
    private static readonly TimeSpan ProbeFor = TimeSpan.FromMinutes(2);

    private long heardAt;
    private long askedAt;
    private int suspect;
    private int underWay;
    private int waiting;

    public SiloAddress Silo { get; } = silo;

    /// <summary>When it last answered anything, as a timestamp.</summary>
    public long HeardAt => Volatile.Read(ref heardAt);

    /// <summary>Requests sent to it and not answered, and those it said were waiting there.</summary>
    public int Load => Volatile.Read(ref underWay) + Volatile.Read(ref waiting);

    public bool IsSuspect => Volatile.Read(ref suspect) != 0;

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
        IsSuspect && clock.GetElapsedTime(Math.Max(sent, HeardAt), now) >= AskAfter + SuspectAfter;

    /// <summary>Asks a silo that has not answered for some time whether it lives, and suspects it when it does not answer that either.</summary>
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

        if (clock.GetElapsedTime(asked, now) < SuspectAfter) return false;
        Suspect(replica);
        return IsSilent(sent, now);
    }

    /// <summary>Asks whether the silo answers at all. Never fails.</summary>
    public async Task<bool> ProbeAsync(IModelReplica replica)
    {
        try
        {
            // The answer of an activation that came up elsewhere says nothing of this silo.
            if (await replica.Where() is not { } where || !where.Equals(Silo)) return false;
            Volatile.Write(ref heardAt, clock.GetTimestamp());
            return true;
        }
        catch (Exception lost) when (ClusterFault.Is(lost) || lost is OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Trusts the silo no more until it answers a probe.</summary>
    public void Suspect(IModelReplica replica)
    {
        if (Interlocked.Exchange(ref suspect, 1) == 0) _ = ProbeUntilHeardAsync(replica);
    }

    private async Task ProbeUntilHeardAsync(IModelReplica replica)
    {
        var began = clock.GetTimestamp();
        do
        {
            await Task.Delay(ProbeEvery, clock).ConfigureAwait(false);
        }
        while (!await ProbeAsync(replica).ConfigureAwait(false) && clock.GetElapsedTime(began) < ProbeFor);
        Volatile.Write(ref suspect, 0);
    }
}
