namespace Serving.Routing.Shadows;

/// <summary>
/// A sum of numbers without any rounding on the way, so that it is the same to the last bit in whatever order, and over however many
/// processes, it was added up: kept as numbers that do not overlap, the smallest first (Shewchuk).
/// </summary>
internal sealed class ExactSum
{
    private readonly List<double> parts = [];

    /// <summary>The sum as numbers that add up to it exactly; at most some forty.</summary>
    public IReadOnlyList<double> Parts => parts;

    /// <summary>Adds a finite number. A sum beyond what a double holds stays there.</summary>
    public void Add(double number)
    {
        var kept = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            var (large, small) = Math.Abs(number) < Math.Abs(parts[i]) ? (parts[i], number) : (number, parts[i]);
            number = large + small;
            if (!double.IsFinite(number))
            {
                parts.Clear();
                parts.Add(double.MaxValue);
                return;
            }

            var rest = small - (number - large);
            if (rest != 0) parts[kept++] = rest;
        }

        parts.RemoveRange(kept, parts.Count - kept);
        parts.Add(number);
    }

    /// <summary>The sum, rounded once.</summary>
    public double Round()
    {
        var i = parts.Count;
        if (i == 0) return 0;
        var (sum, rest) = (parts[--i], 0.0);
        while (i > 0 && rest == 0)
        {
            var (before, next) = (sum, parts[--i]);
            sum = before + next;
            rest = next - (sum - before);
        }

        // Half-way between two doubles, what is left below says which.
        if (i == 0 || rest == 0 || Math.Sign(rest) != Math.Sign(parts[i - 1])) return sum;
        var up = sum + 2 * rest;
        return up - sum == 2 * rest ? up : sum;
    }
}
