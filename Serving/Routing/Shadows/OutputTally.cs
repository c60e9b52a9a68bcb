namespace Serving.Routing.Shadows;

/// <summary>What an <see cref="OutputComparison"/> has counted, as it is stored and sent: exact, so that tallies add up in any order.</summary>
internal sealed record OutputTally(
    string Name, OutputKind Kind, bool HasNumbers, long Compared, long Agreed, long Mismatched, long NotFinite, long Elements, IReadOnlyList<double> Sum, double Max);
