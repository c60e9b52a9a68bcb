using System.Text;
using Serving;
using Serving.Drift;

namespace Gateway.Tests.Http;

/// <summary>The drift of <c>double</c>, which has one feature and one alert; no other model is watched.</summary>
internal sealed class FakeDrift : IDriftControl
{
    private static readonly DateTimeOffset Then = new(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly DriftAlert Alert = new(
        "a1", "x[0]", AlertKind.Drift, AlertSeverity.Ticket, AlertState.Raised, Then, Then, 1e-9, 1e-5, 0.25, "x[0] is not distributed as in the baseline");

    private static readonly BaselineInfo Baseline = new(new string('f', 64), 5000, Provisional: false);

    public ValueTask<Outcome<BaselineStatus>> PutBaselineAsync(
        string model, string version, ReadOnlyMemory<byte> body, BaselineFormat format, CancellationToken cancellationToken) =>
        format == BaselineFormat.Json && body.Span[0] != '{'
            ? new(ServingError.Invalid("the baseline is not valid JSON"))
            : Answer(model, new BaselineStatus(Baseline, Learning: null));

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetBaselineAsync(string model, string version, CancellationToken cancellationToken) =>
        Answer<ReadOnlyMemory<byte>>(model, Encoding.UTF8.GetBytes("""{"columns":{"x[0]":[1,2]}}"""));

    public ValueTask<Outcome<Done>> DeleteBaselineAsync(string model, string version, CancellationToken cancellationToken) => Answer(model, default(Done));

    public ValueTask<Outcome<DriftReport>> GetDriftAsync(string model, string version, CancellationToken cancellationToken) => Answer(model, Report(version));

    public ValueTask<Outcome<IReadOnlyList<DriftAlert>>> GetEventsAsync(string model, string version, CancellationToken cancellationToken) =>
        Answer<IReadOnlyList<DriftAlert>>(model, [Alert]);

    public ValueTask<Outcome<IReadOnlyList<DriftReport>>> ListAsync(CancellationToken cancellationToken) => Answer<IReadOnlyList<DriftReport>>("double", [Report("1")]);

    private static ValueTask<Outcome<T>> Answer<T>(string model, T answer) =>
        new(model == "double" ? answer : (Outcome<T>)ServingError.ModelNotFound(model));

    private static DriftReport Report(string version)
    {
        var metrics = new Dictionary<string, DriftMetric> { ["p"] = new(1e-9, Threshold: 1e-5), ["effect"] = new(0.25, Threshold: 0.125), ["psi"] = new(0.5, Null: 0.25) };
        var feature = new FeatureReport(
            "x[0]", FeatureKind.Numeric, 500, 0, FeatureState.Drifted, metrics, 1.5, 0.5, new FeatureHistogram([1], [], [0.5, 0.5], [0.25, 0.75]));
        return new DriftReport("double", version, Baseline, 2, [new DriftWindow(Then, Then.AddMinutes(5), 500, Open: false, 1, [feature])], [Alert]);
    }
}
