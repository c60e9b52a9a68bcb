using System.Runtime.InteropServices;

namespace Serving.Batching;

/// <summary>
/// Whose turn it is, of callers that wait at the same time: each gets an equal share of the rows that run, and what one leaves
/// unused goes to the others (self-clocked fair queueing). Among one caller's requests, and with one caller alone, arrival decides.
/// </summary>
/// <remarks>A machine. It knows the callers that wait now, and nothing of those who do not.</remarks>
internal sealed class CallerShares
{
    private readonly Dictionary<string, Share> callers = new(StringComparer.Ordinal);

    /// <summary>The turn of what was served last: no newcomer's turn is earlier.</summary>
    private long served;

    /// <summary>More than one caller waits.</summary>
    public bool IsShared => callers.Count > 1;

    /// <summary>Callers are told apart.</summary>
    public bool IsUsed => callers.Count > 0;

    /// <summary>The turn that a request of so many rows would get now: smaller is earlier.</summary>
    public long TurnOf(string caller, int rows) =>
        (callers.TryGetValue(caller, out var share) ? Math.Max(served, share.Last) : served) + rows;

    /// <summary>A request waits.</summary>
    public void Enter(string caller, long turn)
    {
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(callers, caller, out _);
        share.Waiting++;
        share.Last = turn;
    }

    /// <summary>A request waits no longer.</summary>
    public void Leave(string caller)
    {
        ref var share = ref CollectionsMarshal.GetValueRefOrNullRef(callers, caller);
        if (--share.Waiting == 0) callers.Remove(caller);
    }

    /// <summary>A request is about to run.</summary>
    public void Serve(long turn) => served = Math.Max(served, turn);

    private struct Share
    {
        public int Waiting;
        public long Last;
    }
}
