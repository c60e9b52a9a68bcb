namespace Serving.Drift;

/// <summary>The truth about one instance that a model answered, or will have answered.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Index">Which instance of the request, from 0.</param>
/// <param name="Label">The right class, or the right number as text.</param>
/// <param name="At">When it was established: of several truths the latest counts. Null for when it is taken.</param>
public sealed record Feedback(string Id, int Index, string Label, DateTimeOffset? At);
