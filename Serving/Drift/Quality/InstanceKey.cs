namespace Serving.Drift.Quality;

/// <summary>Names one answer: the request's id, and which of its instances.</summary>
internal readonly record struct InstanceKey(string Request, int Index);
