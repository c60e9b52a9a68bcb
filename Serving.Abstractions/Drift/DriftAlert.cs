namespace Serving.Drift;

/// <summary>An alert as it stood at one moment: when it was raised, when it became more severe, or when it was cleared.</summary>
/// <param name="Id">The same from raising to clearing; names the alert for receivers that must not act twice.</param>
/// <param name="Feature">The feature's name.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Severity">How soon somebody should look.</param>
/// <param name="State">Whether it stands.</param>
/// <param name="At">When it came to this state: the end of the pane that decided it.</param>
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="P">The p-value that decided it, over all scales; the threshold was <paramref name="Threshold"/>.</param>
/// <param name="Threshold">The p-value below which it was to be raised.</param>
/// <param name="Effect">How large the change is: about a PSI for <see cref="AlertKind.Drift"/>, a share of rows for the others.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record DriftAlert(
    string Id,
    string Feature,
    AlertKind Kind,
    AlertSeverity Severity,
    AlertState State,
    DateTimeOffset At,
    DateTimeOffset RaisedAt,
    double P,
    double Threshold,
    double Effect,
    string Message);
