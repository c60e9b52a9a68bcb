using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>What the looks during one window found of one feature's distribution.</summary>
/// <param name="Look">The most telling of them.</param>
/// <param name="LogE">Evidence of the slow channel at the end.</param>
/// <param name="State">What is reported.</param>
internal readonly record struct WindowVerdict(Look Look, double LogE, FeatureState State)
{
    public void Write(StateWriter state)
    {
        state.Write(Look.P);
        state.Write(Look.Effect);
        state.Write(Look.TicketP);
        state.Write(Look.PageP);
        state.Write(Look.Tested);
        state.Write(LogE);
        state.Write((long)State);
    }

    public static WindowVerdict Read(ref StateReader state) => new(
        new Look(state.ReadDouble(), state.ReadDouble(), state.ReadDouble(), state.ReadDouble(), state.ReadBool()),
        state.ReadDouble(), (FeatureState)state.ReadCount());
}
