using Serving.Drift.Panes;
using Serving.Drift.Quality;

namespace Grains.Drift.Quality;

/// <summary>Answers of one model on their way. Guarded by <see cref="AnswerPost"/>, but for who sends.</summary>
internal sealed class AnswerBox
{
    /// <summary>Bytes kept at the most while nobody takes them.</summary>
    private const int MostBytes = 8 << 20;

    private StateWriter waiting = new();
    private Blob? sent;

    /// <summary>Held by whoever sends.</summary>
    public SemaphoreSlim Sending { get; } = new(1);

    /// <summary>Whether there is something to send, or to send again.</summary>
    public bool HasNews => sent is not null || waiting.Length > 0;

    /// <summary>Whether something is new since <see cref="Take"/>.</summary>
    public bool HasMore => waiting.Length > 0;

    /// <summary>Answers that there was no room for since some were last taken.</summary>
    public long Lost { get; private set; }

    /// <summary>False when there is no room.</summary>
    public bool TryAdd(Instance instance)
    {
        if (waiting.Length + (sent?.Bytes.Length ?? 0) > MostBytes)
        {
            Lost++;
            return false;
        }

        instance.Write(waiting);
        return true;
    }

    /// <summary>What to send: what was sent last and not taken, or else what is new.</summary>
    public Blob Take()
    {
        if (sent is not null) return sent;
        var next = new Blob(waiting.ToArray());
        if (waiting.Length == 0) return next;
        waiting = new StateWriter();
        return sent = next;
    }

    /// <summary>What was sent last is taken.</summary>
    public void Forget() => (sent, Lost) = (null, 0);
}
