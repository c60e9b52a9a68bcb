using Grains.Inference;
using Grains.Routing;

namespace Grains.Requests;

/// <summary>One try of a request at one replica.</summary>
internal sealed class ReplicaTry(RemoteRequest owner, ReplicaLink replica, SentRequest sent, long began)
{
    private volatile bool hasEnded;

    /// <summary>Where.</summary>
    public ReplicaLink Replica { get; } = replica;

    /// <summary>What is sent.</summary>
    public SentRequest Sent { get; } = sent;

    /// <summary>What is sent after it has waited for company: of a deadline of its own only what is left.</summary>
    public SentRequest SentAfter(TimeSpan waited) =>
        Sent.Timeout is { } left ? Sent with { Timeout = left > waited ? left - waited : TimeSpan.Zero } : Sent;

    /// <summary>When it was made, as a timestamp.</summary>
    public long Began { get; } = began;

    /// <summary>Something came of it: <see cref="Answer"/>, else <see cref="Failure"/>.</summary>
    public bool HasEnded => hasEnded;

    public SentAnswer? Answer { get; private set; }

    /// <summary>Why nothing came of it.</summary>
    public string? Failure { get; private set; }

    /// <summary>Its end was looked at.</summary>
    public bool IsOver { get; set; }

    /// <summary>Nobody waits for it any more.</summary>
    public bool IsGivenUp => owner.HasEnded;

    /// <summary>Ends the call at the replica; null where that would not be worth telling it.</summary>
    public CancellationTokenSource? Cancellation { get; set; }

    /// <param name="answer">What the replica said.</param>
    /// <param name="here">The caller may go on on this thread.</param>
    public void Complete(SentAnswer answer, bool here)
    {
        Answer = answer;
        hasEnded = true;
        owner.Wake(here);
    }

    public void Fail(string reason)
    {
        Failure = reason;
        hasEnded = true;
        owner.Wake(here: false);
    }
}
