using Grains.Routing;

namespace Grains.Requests;

/// <summary>Which replica a request is sent to: of two that answer, drawn at random, the one that will be done with it first.</summary>
internal static class ReplicaChoice
{
    /// <summary>
    /// The next replica to try; null when all have been. Those on ejected silos come last, but they come: where nothing else is left, a silo that
    /// only lost a connection answers.
    /// </summary>
    public static ReplicaLink? Next(ReplicaLink[] replicas, List<ReplicaTry> tried, ulong random)
    {
        var count = 0;
        ReplicaLink? ejected = null;
        foreach (var replica in replicas)
        {
            if (WasTried(tried, replica)) continue;
            if (!replica.Silo.IsEjected) count++;
            else if (ejected is null || replica.Silo.IsOutLessThan(ejected.Silo)) ejected = replica;
        }

        if (count == 0) return ejected;
        var first = (int)((uint)random % (uint)count);
        var one = At(replicas, tried, first);
        if (count == 1) return one;
        var second = (first + 1 + (int)((uint)(random >> 32) % (uint)(count - 1))) % count;
        var other = At(replicas, tried, second);
        return IsSooner(other, one) ? other : one;
    }

    /// <summary>By what waits there, and by how long runs take there where that is known of both.</summary>
    private static bool IsSooner(ReplicaLink one, ReplicaLink other)
    {
        var (mine, theirs) = (one.Lane.Service, other.Lane.Service);
        return mine == 0 || theirs == 0 ? one.Silo.Load < other.Silo.Load : (one.Silo.Load + 1) * mine < (other.Silo.Load + 1) * theirs;
    }

    private static ReplicaLink At(ReplicaLink[] replicas, List<ReplicaTry> tried, int index)
    {
        foreach (var replica in replicas)
        {
            if (!replica.Silo.IsEjected && !WasTried(tried, replica) && index-- == 0) return replica;
        }

        // A silo was ejected between counting and picking: any replica will do.
        return Array.Find(replicas, r => !WasTried(tried, r))!;
    }

    private static bool WasTried(List<ReplicaTry> tried, ReplicaLink replica)
    {
        foreach (var one in tried)
            if (ReferenceEquals(one.Replica.Silo, replica.Silo) && one.Replica.Grain.Equals(replica.Grain)) return true;
        return false;
    }
}
