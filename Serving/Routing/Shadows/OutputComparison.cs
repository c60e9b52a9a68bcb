using Serving.Inference;

namespace Serving.Routing.Shadows;

/// <summary>Adds up how one output of a shadow compares with the answers given.</summary>
internal sealed class OutputComparison(string name)
{
    /// <summary>Elements of one output that are looked at per request; the instances behind them are left out.</summary>
    public const int MaxElements = 1 << 16;

    private OutputKind kind = OutputKind.Value;
    private bool numbers;
    private long compared;
    private long agreed;
    private long mismatched;
    private long notFinite;
    private long elements;
    private readonly ExactSum sum = new();
    private double max;

    public string Name => name;

    /// <summary>Whether this output has labels or an argmax.</summary>
    public bool CanAgree => kind != OutputKind.Value;

    public OutputReport Report => new(
        name, kind, compared, CanAgree ? agreed : null, mismatched, notFinite,
        numbers && elements > 0 ? max : null, numbers && elements > 0 ? sum.Round() / elements : null);

    public OutputTally Tally => new(name, kind, numbers, compared, agreed, mismatched, notFinite, elements, [.. sum.Parts], max);

    /// <summary>Compares one request's output. False when an instance disagrees, or the outputs cannot be compared.</summary>
    /// <param name="primary">The answer given.</param>
    /// <param name="shadow">The shadow's output of this name, or null.</param>
    public bool Add(Tensor primary, Tensor? shadow)
    {
        var rows = primary.Shape.Length == 0 ? 1 : primary.Shape[0];
        var width = rows == 0 ? 0 : primary.ElementCount / rows;
        kind = !TensorElements.IsFloat(primary.Type) ? OutputKind.Label : width > 1 ? OutputKind.Scores : OutputKind.Value;
        numbers = primary.Type is not (TensorType.Bytes or TensorType.Bool);
        if (shadow is null || shadow.Type != primary.Type || !shadow.Shape.AsSpan().SequenceEqual(primary.Shape))
        {
            mismatched++;
            return false;
        }

        var all = true;
        if (width is 0 or > MaxElements) return all;
        var left = primary.Data.Span;
        var right = shadow.Data.Span;
        for (var row = 0; row < rows && (row + 1) * width <= MaxElements; row++)
        {
            var leftLength = TensorElements.LengthOf(primary.Type, left, (int)width);
            var rightLength = TensorElements.LengthOf(primary.Type, right, (int)width);
            all &= AddRow(primary.Type, left[..leftLength], right[..rightLength], (int)width);
            left = left[leftLength..];
            right = right[rightLength..];
        }

        return all;
    }

    /// <summary>Adds what was counted elsewhere.</summary>
    public void Add(OutputTally other)
    {
        (kind, numbers) = (other.Kind, other.HasNumbers);
        compared += other.Compared;
        agreed += other.Agreed;
        mismatched += other.Mismatched;
        notFinite += other.NotFinite;
        elements += other.Elements;
        max = Math.Max(max, other.Max);
        foreach (var part in other.Sum) sum.Add(part);
    }

    private bool AddRow(TensorType type, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int width)
    {
        compared++;
        var same = numbers && AddNumbers(type, left, right, width);

        // Labels are compared by their bytes: not every whole number is a double.
        if (kind == OutputKind.Label) same = left.SequenceEqual(right);
        if (same) agreed++;
        return same || kind == OutputKind.Value;
    }

    /// <summary>
    /// Adds the differences of a row; true when its largest numbers are at the same place and all are comparable.
    /// </summary>
    private bool AddNumbers(TensorType type, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int width)
    {
        var (leftBest, rightBest) = (0, 0);
        var (leftMost, rightMost) = (double.NaN, double.NaN);
        var comparable = true;
        for (var i = 0; i < width; i++)
        {
            var (a, b) = (TensorElements.Number(type, left, i), TensorElements.Number(type, right, i));
            if (a > leftMost || double.IsNaN(leftMost)) (leftBest, leftMost) = (i, a);
            if (b > rightMost || double.IsNaN(rightMost)) (rightBest, rightMost) = (i, b);
            var difference = a.Equals(b) ? 0 : Math.Abs(a - b);
            if (!double.IsFinite(difference))
            {
                notFinite++;
                comparable = false;
                continue;
            }

            elements++;
            sum.Add(difference);
            max = Math.Max(max, difference);
        }

        return comparable && leftBest == rightBest;
    }
}
