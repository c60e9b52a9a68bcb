namespace Serving.Drift.Monitoring;

/// <summary>
/// What one look found of one feature and kind, over all scales. A p-value is four times the smallest of the scales', because
/// there are four.
/// </summary>
/// <param name="P">The smallest p-value.</param>
/// <param name="Effect">The effect at the scale that gave it.</param>
/// <param name="TicketP">The smallest among scales whose effect is worth a ticket; 1 without any.</param>
/// <param name="PageP">The smallest among scales whose effect is worth a page; 1 without any.</param>
/// <param name="Tested">Whether any scale had enough to test.</param>
internal readonly record struct Look(double P, double Effect, double TicketP, double PageP, bool Tested)
{
    /// <summary>How many last panes are pooled at each scale.</summary>
    public static readonly int[] Scales = [1, 4, 16, 64];

    public static Look None { get; } = new(1, 0, 1, 1, false);

    /// <summary>A scale whose p-value is not smaller than this changes no decision.</summary>
    public double Matters => Math.Max(P, Math.Max(TicketP, PageP)) / Scales.Length;

    /// <summary>With what the next scale found; the shortest comes last, and counts where two say the same.</summary>
    public Look With(Finding finding, DriftOptions options)
    {
        if (!finding.Tested)
            return this;

        var p = Math.Min(1, finding.P * Scales.Length);
        var smaller = !Tested || p <= P;
        return new Look(
            smaller ? p : P,
            smaller ? finding.Effect : Effect,
            finding.Effect >= options.TicketEffect ? Math.Min(TicketP, p) : TicketP,
            finding.Effect >= options.PageEffect ? Math.Min(PageP, p) : PageP,
            true);
    }

    /// <summary>The more telling of two looks.</summary>
    public Look Or(Look other)
    {
        if (!other.Tested)
            return this;
        var smaller = !Tested || other.P < P;
        return new Look(smaller ? other.P : P, smaller ? other.Effect : Effect,
            Math.Min(TicketP, other.TicketP), Math.Min(PageP, other.PageP), true);
    }
}
