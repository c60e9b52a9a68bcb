namespace Serving.Inference;

/// <summary>Arithmetic on shapes.</summary>
public static class TensorShape
{
    /// <summary>The product of non-negative dimensions; 1 for a scalar. Throws <see cref="OverflowException"/> past 2^63-1.</summary>
    public static long ElementCount(ReadOnlySpan<long> shape) =>
        TryElementCount(shape, out var count) ? count : throw new OverflowException("The shape has more elements than a tensor can hold.");

    /// <summary>False when a dimension is negative or the product does not fit in 63 bits.</summary>
    public static bool TryElementCount(ReadOnlySpan<long> shape, out long count)
    {
        count = 1;
        var empty = false;
        foreach (var dimension in shape)
        {
            if (dimension < 0) return false;
            if (dimension == 0) empty = true;
            else if (!empty && Math.BigMul((ulong)count, (ulong)dimension, out var low) is 0 && low <= long.MaxValue) count = (long)low;
            else if (!empty) return false;
        }

        if (empty) count = 0;
        return true;
    }

    /// <summary>As people write it: <c>[-1,3,64]</c>.</summary>
    public static string Format(ReadOnlySpan<long> shape)
    {
        var text = new System.Text.StringBuilder("[");
        for (var i = 0; i < shape.Length; i++)
        {
            if (i > 0) text.Append(',');
            text.Append(shape[i]);
        }

        return text.Append(']').ToString();
    }
}
