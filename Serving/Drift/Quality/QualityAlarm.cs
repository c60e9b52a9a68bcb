using System.Globalization;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Drift.Quality;

/// <summary>
/// The alert of one version that errs too often: raised by evidence, cleared by a whole window of later truths that err no more often
/// than allowed, after which the evidence starts again.
/// </summary>
internal sealed class QualityAlarm(string model, string version, QualityOptions options)
{
    /// <summary>Alerts raised and cleared that are remembered.</summary>
    public const int MostEvents = 100;

    private readonly List<DriftAlert> events = [];
    private long truths;
    private long raisedAtTruth;

    /// <summary>Null while the allowed rate is being learned.</summary>
    public LossEvidence? Evidence { get; private set; }

    /// <summary>Which evidence this is, counted from 1: truths counted in a former one are not corrected in it.</summary>
    public long Era { get; private set; }

    /// <summary>The alert that stands, or null.</summary>
    public DriftAlert? Alert { get; private set; }

    /// <summary>Alerts raised and cleared, oldest first; the last <see cref="MostEvents"/>.</summary>
    public IReadOnlyList<DriftAlert> Events => events;

    /// <summary>Gathers evidence against this rate from now on.</summary>
    public void Begin(double rate)
    {
        Evidence = new LossEvidence(rate);
        Era++;
    }

    /// <summary>A truth came.</summary>
    public void Count() => truths++;

    /// <summary>Judges what is known.</summary>
    /// <param name="errors">Wrong answers among the last ones.</param>
    /// <param name="window">How many the last ones are.</param>
    /// <returns>The alert when it was raised or cleared just now, else null.</returns>
    public DriftAlert? Advance(DateTimeOffset now, Func<int> errors, int window)
    {
        if (Evidence is null)
            return null;
        if (Alert is null)
        {
            var logE = Evidence.LogE();
            if (logE < Math.Log(options.EValue))
                return null;
            raisedAtTruth = truths;
            Alert = Describe(AlertState.Raised, now, now, logE, errors(), window);
            return Keep(Alert);
        }

        if (truths - raisedAtTruth < options.Window)
            return null;
        var wrong = errors();
        if (wrong > Evidence.Rate * window)
            return null;

        var cleared = Describe(AlertState.Cleared, now, Alert.RaisedAt, 0, wrong, window);
        Begin(Evidence.Rate);
        Alert = null;
        return Keep(cleared);
    }

    public void Write(StateWriter state)
    {
        state.Write(Era);
        state.Write(Evidence is not null);
        Evidence?.Write(state);
        state.Write(truths - raisedAtTruth);
        state.Write(Alert is not null);
        if (Alert is not null)
            AlertCodec.Write(state, Alert);
        state.Write((long)events.Count);
        foreach (var alert in events)
            AlertCodec.Write(state, alert);
    }

    /// <summary>Goes on with stored evidence, unless it was gathered against another rate than the one that is configured now.</summary>
    public void Read(ref StateReader state)
    {
        var era = state.ReadCount();
        var before = state.ReadBool() ? LossEvidence.Read(ref state) : null;
        var isOther = Evidence is not null && before?.Rate != Evidence.Rate;
        Era = isOther ? era + 1 : era;
        if (!isOther)
            Evidence = before;
        truths = state.ReadCount();
        Alert = state.ReadBool() ? AlertCodec.Read(ref state) : null;
        var count = state.ReadLength();
        for (var i = 0; i < count; i++)
            Keep(AlertCodec.Read(ref state));
    }

    private DriftAlert Keep(DriftAlert alert)
    {
        events.Add(alert);
        if (events.Count > MostEvents)
            events.RemoveAt(0);
        return alert;
    }

    private DriftAlert Describe(AlertState state, DateTimeOffset at, DateTimeOffset raisedAt, double logE, int errors, int window)
    {
        var rate = window == 0 ? 0 : errors / (double)window;
        var message = state == AlertState.Raised
            ? string.Create(CultureInfo.InvariantCulture, $"the model errs more often than {Evidence!.Rate:p1}: {rate:p1} of the last {window} answers (e-value {Math.Exp(Math.Min(logE, 690)):g2})")
            : string.Create(CultureInfo.InvariantCulture, $"the model errs in {rate:p1} of the last {window} answers, no more than {Evidence!.Rate:p1}");
        return new DriftAlert(AlertText.Id(model, version, "", "", AlertKind.Quality, raisedAt), "", AlertKind.Quality, AlertSeverity.Page, state,
            at, raisedAt, Math.Exp(-Math.Max(0, logE)), 1 / options.EValue, Math.Max(0, rate - Evidence.Rate), message);
    }
}
