namespace Serving.Routing.Shadows;

/// <summary>How one output of the shadow compares with the answer given.</summary>
/// <param name="Name">The output's name.</param>
/// <param name="Kind">How it can agree.</param>
/// <param name="Compared">Instances (rows) that were compared.</param>
/// <param name="Agreed">Those with the same label or argmax; null for values.</param>
/// <param name="Mismatched">Requests in which the shadow's output was missing or had another type or shape.</param>
/// <param name="NotFinite">Elements of which exactly one was NaN or infinite, or infinite with the other sign.</param>
/// <param name="MaxAbsDifference">The largest absolute difference of two elements; null for texts, and before the first.</param>
/// <param name="MeanAbsDifference">The mean of the absolute differences of all elements.</param>
public sealed record OutputReport(
    string Name,
    OutputKind Kind,
    long Compared,
    long? Agreed,
    long Mismatched,
    long NotFinite,
    double? MaxAbsDifference,
    double? MeanAbsDifference);
