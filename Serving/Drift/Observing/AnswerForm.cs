namespace Serving.Drift.Observing;

/// <summary>How an output says what the model thinks of a row, in the order of preference.</summary>
internal enum AnswerForm
{
    /// <summary>The class by name.</summary>
    Text,

    /// <summary>The class by number.</summary>
    WholeNumber,

    /// <summary>A score for each class.</summary>
    Scores,

    /// <summary>A number that is the answer.</summary>
    Number,

    /// <summary>Nothing that a truth can be compared with.</summary>
    None,
}
