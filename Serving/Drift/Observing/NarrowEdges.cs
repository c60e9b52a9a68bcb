using Serving.Drift.Baselines;
using Serving.Inference;

namespace Serving.Drift.Observing;

/// <summary>
/// Edges for values that come in a narrower type than the baseline was given in: 5.4 in a file arrives as 5.400000095 in a tensor of
/// FP32, which would lie beside its own atom. What was counted up to an edge still is, after both are rounded.
/// </summary>
internal static class NarrowEdges
{
    /// <summary>The edges for a feature of a baseline that is read from a layout; null where the baseline's own do.</summary>
    public static double[]? Of(ObservationLayout layout, Baseline baseline, int feature) =>
        layout.Sources[feature].Part == SourcePart.Number && baseline.Features[feature] is NumericBaseline { Bins: var bins }
            ? Of(bins, layout.Slots[layout.SlotOf[feature]].Type)
            : null;

    /// <summary>The edges to search among; null where the baseline's own do.</summary>
    public static double[]? Of(NumericBins bins, TensorType type)
    {
        if (type is not (TensorType.Fp32 or TensorType.Fp16 or TensorType.Bf16)) return null;
        var edges = new double[bins.Edges.Length];
        for (var i = 0; i < edges.Length; i++)
        {
            // An edge right below an atom, or below the smallest value, must stay right below it.
            var above = Math.BitIncrement(bins.Edges[i]);
            var isBelow = above == bins.Minimum || (i + 1 < edges.Length && bins.Edges[i + 1] == above);
            edges[i] = isBelow ? Math.BitDecrement(Round(above, type)) : Round(bins.Edges[i], type);
        }

        return edges;
    }

    private static double Round(double value, TensorType type) => type switch
    {
        TensorType.Fp32 => (float)value,
        TensorType.Fp16 => (double)(Half)value,
        _ => ToBf16((float)value),
    };

    /// <summary>To the nearest, ties to even: the upper half of the bits.</summary>
    private static float ToBf16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsFinite(value) ? BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000) : value;
    }
}
