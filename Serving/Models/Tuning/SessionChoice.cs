using Serving.Sessions;

namespace Serving.Models.Tuning;

/// <summary>The sessions of one model that differ in their threads, made when asked for; those that nobody takes are closed.</summary>
internal sealed class SessionChoice(SessionOptions settings, Func<SessionOptions, Outcome<IModelSession>> load) : IDisposable
{
    private readonly Dictionary<int, Outcome<IModelSession>> open = [];

    /// <summary>The session with that many threads a run.</summary>
    public Outcome<IModelSession> Open(int threads)
    {
        if (open.TryGetValue(threads, out var known)) return known;
        return open[threads] = load(settings with { IntraOpThreads = threads });
    }

    /// <summary>The session with that many threads a run, from now on the caller's.</summary>
    public Outcome<IModelSession> Take(int threads)
    {
        var session = Open(threads);
        open.Remove(threads);
        return session;
    }

    /// <summary>Closes a session that was ended; another one takes its place when it is asked for.</summary>
    public void Drop(int threads)
    {
        if (open.Remove(threads, out var one) && one.TryGetValue(out var session, out _)) session.Dispose();
    }

    public void Dispose()
    {
        foreach (var one in open.Values)
            if (one.TryGetValue(out var session, out _)) session.Dispose();
    }
}
