using System.Text;

namespace Serving.Drift.Quality;

/// <summary>What a model said of one instance, read where it lies: nothing is allocated for it, and it is good only for the call it is given to.</summary>
internal readonly ref struct GivenAnswer
{
    /// <summary>The id of its request.</summary>
    public required ReadOnlySpan<char> Request { get; init; }

    /// <summary>Which of the request's instances.</summary>
    public required int Index { get; init; }

    /// <summary>Whether it is a class.</summary>
    public bool HasLabel { get; init; }

    /// <summary>The class in UTF-8; empty for a number.</summary>
    public ReadOnlySpan<byte> Label { get; init; }

    /// <summary>The number, for regression.</summary>
    public double Value { get; init; }

    /// <summary>The score of each class in the model's order; empty without.</summary>
    public ReadOnlySpan<float> Scores { get; init; }

    public InstanceKey Key => new(Request.ToString(), Index);

    public static GivenAnswer Of(InstanceKey key, Answer answer) => new()
    {
        Request = key.Request, Index = key.Index, HasLabel = answer.Label is not null,
        Label = answer.Label is null ? default : Encoding.UTF8.GetBytes(answer.Label), Value = answer.Value, Scores = answer.Scores,
    };

    /// <summary>A copy, to keep.</summary>
    public Answer ToAnswer() => new(HasLabel ? Encoding.UTF8.GetString(Label) : null, Value, Scores.IsEmpty ? null : Scores.ToArray());
}
