using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>
/// The alert of one feature and kind: none, raised, or lately cleared. It is raised by looks and cleared by windows, so that it
/// cannot flicker: quiet must last, and what was cleared stays silent for a while unless it comes back worse.
/// </summary>
internal sealed class AlertTrack(int feature, AlertKind kind)
{
    private int loudLooks;
    private int quietWindows;
    private long quietSince;
    private AlertSeverity severity;
    private DateTimeOffset suppressedUntil;

    public int Feature { get; } = feature;

    public AlertKind Kind { get; } = kind;

    public bool IsRaised { get; private set; }

    public AlertSeverity Severity => severity;

    public DateTimeOffset RaisedAt { get; private set; }

    /// <summary>The first pane that counts for this kind: those before its last clearing are forgotten.</summary>
    public long Since { get; private set; }

    /// <summary>The alert as it was last made known.</summary>
    public DriftAlert? Current { get; set; }

    /// <summary>A look found this. True when the alert was raised, or became more severe.</summary>
    public bool Observe(AlertSeverity? found, DateTimeOffset at, DriftOptions options)
    {
        loudLooks = found is null ? 0 : loudLooks + 1;
        if (found is not { } worst)
            return false;

        if (IsRaised)
        {
            if (worst <= severity)
                return false;
            severity = worst;
            return true;
        }

        if (loudLooks < options.RaiseAfter || (at < suppressedUntil && worst <= severity))
            return false;

        IsRaised = true;
        severity = worst;
        RaisedAt = at;
        quietWindows = 0;
        return true;
    }

    /// <summary>A window ended. True when it was the last of enough quiet ones and the alert was cleared.</summary>
    /// <param name="quiet">Null when the window was too small to tell.</param>
    /// <param name="firstPane">The window's first pane.</param>
    public bool EndWindow(bool? quiet, long firstPane, DateTimeOffset at, DriftOptions options)
    {
        if (!IsRaised || quiet is null)
            return false;

        if (quiet == false)
        {
            quietWindows = 0;
            return false;
        }

        if (++quietWindows == 1)
            quietSince = firstPane;
        if (quietWindows < options.ClearAfter)
            return false;

        IsRaised = false;
        loudLooks = 0;
        suppressedUntil = at + options.Suppression;
        Since = quietSince;
        return true;
    }

    public void Write(StateWriter state)
    {
        state.Write(IsRaised);
        state.Write((long)severity);
        state.Write((long)loudLooks);
        state.Write((long)quietWindows);
        state.Write(quietSince);
        state.Write(suppressedUntil);
        state.Write(RaisedAt);
        state.Write(Since);
        state.Write(Current is not null);
        if (Current is not null)
            AlertCodec.Write(state, Current);
    }

    public void Read(ref StateReader state)
    {
        IsRaised = state.ReadBool();
        severity = (AlertSeverity)state.ReadCount();
        loudLooks = (int)state.ReadCount();
        quietWindows = (int)state.ReadCount();
        quietSince = state.ReadCount();
        suppressedUntil = state.ReadTime();
        RaisedAt = state.ReadTime();
        Since = state.ReadCount();
        Current = state.ReadBool() ? AlertCodec.Read(ref state) : null;
    }
}
