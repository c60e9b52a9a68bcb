using Serving.Drift.Panes;

namespace Serving.Drift.Observing;

/// <summary>Counts the watched features of a row.</summary>
internal static class RowCounting
{
    public static void Count(RowReader rows, ObservationLayout layout, int row, WindowAccumulator counts)
    {
        var sources = layout.Sources;
        for (var f = 0; f < layout.Watched; f++)
        {
            if (sources[f].Part == SourcePart.Latency)
            {
                if (row == 0) counts.Add(f, rows.LatencyMs);
                continue;
            }

            // An output that the caller did not ask for says nothing; an input that was left out is missing.
            if (sources[f].IsOutput && !rows.IsThere(f)) continue;
            if (sources[f].Spec.Kind == FeatureKind.Categorical)
            {
                if (rows.TryText(f, row, out var text)) counts.AddCategory(f, text);
                else counts.AddMissing(f);
            }
            else if (rows.TryNumber(f, row, out var number))
            {
                counts.Add(f, number);
            }
            else
            {
                counts.AddMissing(f);
            }
        }
    }
}
