using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>What a model said of one instance.</summary>
/// <param name="Label">The class, for classification.</param>
/// <param name="Value">The number, for regression.</param>
/// <param name="Scores">The score of each class in the model's order, when it gives them.</param>
internal sealed record Answer(string? Label, double Value, float[]? Scores)
{
    public void Write(StateWriter state)
    {
        state.Write(Label is not null);
        if (Label is not null)
            state.Write(Label);
        state.Write(Value);
        state.Write((long)(Scores?.Length ?? 0));
        foreach (var score in Scores ?? [])
            state.Write((double)score);
    }

    public static Answer Read(ref StateReader state)
    {
        var label = state.ReadBool() ? state.ReadString() : null;
        var value = state.ReadDouble();
        var scores = new float[state.ReadLength()];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = (float)state.ReadDouble();
        return new Answer(label, value, scores.Length == 0 ? null : scores);
    }
}
