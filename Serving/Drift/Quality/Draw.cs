using Serving.Drift.Panes;
using Serving.Inference;

namespace Serving.Drift.Quality;

/// <summary>How a request came to its version while a rollout compared two of them.</summary>
/// <param name="Rollout">The rollout, by the epoch it began with.</param>
/// <param name="Epoch">The epoch of the traffic document it was drawn under.</param>
/// <param name="Unit">What was drawn as one, where that is more than this instance: a sticky caller, or a request of several rows.</param>
internal sealed record Draw(long Rollout, long Epoch, string? Unit)
{
    /// <summary>How a rollout drew a request; null when it did not: a caller who names a version or is sent by a rule proves nothing.</summary>
    /// <param name="rollout">The rollout, by the epoch it began with.</param>
    /// <param name="route">The request's route.</param>
    /// <param name="caller">Its sticky key, or null.</param>
    public static Draw? Of(long rollout, in RouteDecision route, string? caller) => route.Reason switch
    {
        RouteReason.Sticky => new Draw(rollout, route.Epoch, caller),
        RouteReason.Weight => new Draw(rollout, route.Epoch, null),
        _ => null,
    };

    /// <summary>The same, where the request's rows are known: drawn by themselves they were drawn as one.</summary>
    public Draw For(string request, int rows) => Unit is null && rows > 1 ? this with { Unit = request } : this;

    public void Write(StateWriter state)
    {
        state.Write(Rollout);
        state.Write(Epoch);
        state.Write(Unit is not null);
        if (Unit is not null)
            state.Write(Unit);
    }

    public static Draw Read(ref StateReader state) => new(state.ReadCount(), state.ReadCount(), state.ReadBool() ? state.ReadString() : null);
}
