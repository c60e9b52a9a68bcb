namespace Serving.Drift.Monitoring;

/// <summary>What is otherwise for features of one kind; null where it is not.</summary>
/// <param name="TicketEffect">See <see cref="DriftOptions.TicketEffect"/>.</param>
/// <param name="PageEffect">See <see cref="DriftOptions.PageEffect"/>.</param>
/// <param name="EValue">See <see cref="DriftOptions.EValue"/>.</param>
/// <param name="Shown">The distances that reports show; null for all.</param>
internal sealed record KindOptions(double? TicketEffect, double? PageEffect, double? EValue, IReadOnlyList<string>? Shown)
{
    public static readonly KindOptions None = new(null, null, null, null);
}
