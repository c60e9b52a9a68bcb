using Serving.Drift.Panes;

namespace Serving.Drift.Monitoring;

/// <summary>How one model's drift is watched.</summary>
internal sealed record DriftOptions
{
    /// <summary>The period that <see cref="FalseAlerts"/> is counted over.</summary>
    public static readonly TimeSpan BudgetPeriod = TimeSpan.FromDays(30);

    /// <summary>Panes that close faster than this count as this long, so that a clock that stands still leaves a level above zero.</summary>
    public static readonly TimeSpan ShortestSpan = TimeSpan.FromMilliseconds(10);

    /// <summary>No look is taken at a higher level, however long its pane.</summary>
    private const double HighestLevel = 0.001;

    /// <summary>When panes and windows end.</summary>
    public PaneRule Panes { get; init; } = PaneRule.Default;

    /// <summary>How many false alerts a model version may raise in 30 days on quiet traffic, over all features and kinds.</summary>
    public double FalseAlerts { get; init; } = 1;

    /// <summary>The change from which on an alert is raised: about a PSI for drift, a share of rows for data quality.</summary>
    public double TicketEffect { get; init; } = 0.01;

    /// <summary>The change from which on an alert pages.</summary>
    public double PageEffect { get; init; } = 0.05;

    /// <summary>Fewest values that a distribution is tested on.</summary>
    public long LeastCount { get; init; } = 100;

    /// <summary>Looks in a row that must agree to raise.</summary>
    public int RaiseAfter { get; init; } = 1;

    /// <summary>Quiet windows in a row that clear.</summary>
    public int ClearAfter { get; init; } = 3;

    /// <summary>After clearing, how long the same alert is not raised again unless it is more severe.</summary>
    public TimeSpan Suppression { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long after its end a pane of another node may still arrive in time.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.Zero;

    /// <summary>Closed windows kept for reports.</summary>
    public int WindowsKept { get; init; } = 48;

    /// <summary>The evidence since the baseline was set at which the slow channel alerts, for all features together.</summary>
    public double EValue { get; init; } = 1000;

    /// <summary>What is otherwise for numbers.</summary>
    public KindOptions Numeric { get; init; } = KindOptions.None;

    /// <summary>What is otherwise for categories.</summary>
    public KindOptions Categorical { get; init; } = KindOptions.None;

    /// <summary>
    /// The options of a feature: with what is otherwise for its kind, and the slow channel's evidence times the number of features,
    /// so that it alerts falsely for any of them as seldom as it would for one.
    /// </summary>
    public DriftOptions For(FeatureKind kind, int features)
    {
        var own = kind == FeatureKind.Numeric ? Numeric : Categorical;
        var ticket = own.TicketEffect ?? TicketEffect;
        return this with { TicketEffect = ticket, PageEffect = own.PageEffect ?? Math.Max(PageEffect, ticket), EValue = (own.EValue ?? EValue) * Math.Max(1, features) };
    }

    /// <summary>Whether reports show this distance of features of this kind.</summary>
    public bool Shows(FeatureKind kind, string distance) => (kind == FeatureKind.Numeric ? Numeric : Categorical).Shown?.Contains(distance) ?? true;

    /// <summary>
    /// The level of each test of a look: the share of the budget that the look's own time is worth, split over the tests. Levels
    /// add up to the budget whatever the traffic, however fast or slow panes close.
    /// </summary>
    /// <param name="span">How long the pane lasted that closed.</param>
    /// <param name="tests">How many features times kinds are tested.</param>
    public double LevelOf(TimeSpan span, int tests)
    {
        var counted = span > ShortestSpan ? span : ShortestSpan;
        return Math.Min(HighestLevel, FalseAlerts * (counted / BudgetPeriod) / Math.Max(1, tests));
    }

    /// <summary>Every fault, each naming its field; empty when there is none.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        Require(FalseAlerts is > 0 and <= 1_000_000, "'false_alerts' must be above 0 and at most 1,000,000 in 30 days");
        Require(TicketEffect is >= 0 and < 10, "'ticket_effect' must be from 0 to 10");
        Require(PageEffect >= TicketEffect && PageEffect < 10, "'page_effect' must be from 'ticket_effect' to 10");
        Require(LeastCount is >= 30 and <= 1_000_000, "'least_count' must be from 30 to 1,000,000");
        Require(RaiseAfter is >= 1 and <= 100, "'raise_after' must be from 1 to 100 looks");
        Require(ClearAfter is >= 1 and <= 12, "'clear_after' must be from 1 to 12 windows");
        Require(Suppression >= TimeSpan.Zero && Suppression <= BudgetPeriod, "'suppression' must be from 0 to 30 days");
        Require(Lateness >= TimeSpan.Zero && Lateness <= TimeSpan.FromHours(1), "'lateness' must be from 0 to an hour");
        Require(WindowsKept is >= 1 and <= 1000, "'windows_kept' must be from 1 to 1,000");
        Require(EValue is >= 20 and <= 1e12, "'e_value' must be from 20 to 1e12");
        foreach (var kind in Enum.GetValues<FeatureKind>())
        {
            var own = For(kind, 1);
            Require(own.PageEffect >= own.TicketEffect && own.TicketEffect >= 0 && own.PageEffect < 10,
                $"'page_effect' of {(kind == FeatureKind.Numeric ? "numeric" : "categorical")} must be from its 'ticket_effect' to 10");
        }

        return faults;

        void Require(bool holds, string fault)
        {
            if (!holds)
                faults.Add(fault);
        }
    }
}
