using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>How a request came to its version while a rollout compared two of them.</summary>
/// <param name="Rollout">The rollout, by the epoch it began with.</param>
/// <param name="Epoch">The epoch of the traffic document it was drawn under.</param>
/// <param name="Unit">What was drawn as one, where that is more than this instance: a sticky caller, or a request of several rows.</param>
internal sealed record Draw(long Rollout, long Epoch, string? Unit)
{
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
