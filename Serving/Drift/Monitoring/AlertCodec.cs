using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>The stored form of an alert.</summary>
internal static class AlertCodec
{
    public static void Write(StateWriter state, DriftAlert alert)
    {
        state.Write(alert.Id);
        state.Write(alert.Feature);
        state.Write((long)alert.Kind);
        state.Write((long)alert.Severity);
        state.Write((long)alert.State);
        state.Write(alert.At);
        state.Write(alert.RaisedAt);
        state.Write(alert.P);
        state.Write(alert.Threshold);
        state.Write(alert.Effect);
        state.Write(alert.Message);
    }

    public static DriftAlert Read(ref StateReader state) => new(state.ReadString(), state.ReadString(), (AlertKind)state.ReadCount(),
        (AlertSeverity)state.ReadCount(), (AlertState)state.ReadCount(), state.ReadTime(), state.ReadTime(), state.ReadDouble(),
        state.ReadDouble(), state.ReadDouble(), state.ReadString());
}
