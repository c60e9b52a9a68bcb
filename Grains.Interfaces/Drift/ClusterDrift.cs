using Grains.Drift.Quality;
using Grains.Routing;
using Serving;
using Serving.Drift;

namespace Grains.Drift;

/// <summary>Hands questions and changes to the versions' monitors.</summary>
/// <param name="resolve">The number that a model's version, by number or label, stands for.</param>
/// <param name="watched">The versions that are watched, in order.</param>
/// <param name="grains">The cluster.</param>
internal sealed class ClusterDrift(
    Func<string, string, Outcome<string>> resolve, Func<IEnumerable<(string Model, string Version)>> watched, IGrainFactory grains) : IDriftControl
{
    public ValueTask<Outcome<BaselineStatus>> PutBaselineAsync(
        string model, string version, ReadOnlyMemory<byte> body, BaselineFormat format, CancellationToken cancellationToken)
    {
        // The caller's bytes are the caller's again when this ends, which may be before they are sent.
        var sent = new Blob(body.ToArray());
        return AskAsync(
            model, version, monitor => monitor.PutBaseline(sent, format), static answer => DriftWire.Read(answer, DriftWire.Default.BaselineStatus), cancellationToken);
    }

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetBaselineAsync(string model, string version, CancellationToken cancellationToken) => AskAsync(
        model, version, monitor => monitor.GetBaseline(),
        static sent => sent.Error is { } error ? error.ToError() : (Outcome<ReadOnlyMemory<byte>>)sent.Json!.Bytes, cancellationToken);

    public ValueTask<Outcome<Done>> DeleteBaselineAsync(string model, string version, CancellationToken cancellationToken) => AskAsync(
        model, version, async monitor => new SentDocument { Error = await monitor.DeleteBaseline().ConfigureAwait(false) },
        static sent => sent.Error is { } error ? error.ToError() : (Outcome<Done>)default(Done), cancellationToken);

    public ValueTask<Outcome<DriftReport>> GetDriftAsync(string model, string version, CancellationToken cancellationToken) =>
        AskAsync(model, version, monitor => monitor.GetReport(int.MaxValue), ReadReport, cancellationToken);

    public async ValueTask<Outcome<IReadOnlyList<DriftAlert>>> GetEventsAsync(string model, string version, CancellationToken cancellationToken)
    {
        if (!resolve(model, version).TryGetValue(out var number, out var error)) return error;
        var watching = AskAsync(model, number, monitor => monitor.GetEvents(), ReadAlerts, cancellationToken);
        if (!(await DriftWire.ReadAsync(grains.GetGrain<IQualityGrain>(model).GetEvents(number), ReadAlerts, cancellationToken).ConfigureAwait(false))
            .TryGetValue(out var judged, out var unjudged)) return unjudged;
        if ((await watching.ConfigureAwait(false)).TryGetValue(out var watched, out error) || (error.Code == ErrorCode.NotFound && judged.Count > 0))
            return judged.Concat(watched ?? []).OrderBy(alert => alert.At).ToArray();
        return error;
    }

    public async ValueTask<Outcome<IReadOnlyList<DriftReport>>> ListAsync(CancellationToken cancellationToken)
    {
        var reports = await Task.WhenAll(watched()
            .Select(v => AskAsync(v.Model, v.Version, monitor => monitor.GetReport(1), ReadReport, cancellationToken).AsTask())).ConfigureAwait(false);
        return Array.Find(reports, r => r.Error is { Code: not ErrorCode.NotFound }).Error is { } error
            ? error
            : reports.Where(r => r.Error is null && r.Value.Baseline is not null).Select(r => r.Value).ToArray();
    }

    private static Outcome<List<DriftAlert>> ReadAlerts(SentDocument sent) => DriftWire.Read(sent, DriftWire.Default.ListDriftAlert);

    private static Outcome<DriftReport> ReadReport(SentDocument sent) => DriftWire.Read(sent, DriftWire.Default.DriftReport);

    private ValueTask<Outcome<T>> AskAsync<T>(
        string model, string version, Func<IMonitorGrain, Task<SentDocument>> ask, Func<SentDocument, Outcome<T>> read, CancellationToken cancellationToken) =>
        resolve(model, version).TryGetValue(out var number, out var error)
            ? DriftWire.ReadAsync(ask(grains.GetGrain<IMonitorGrain>($"{model}/{number}")), read, cancellationToken)
            : new(error);
}
