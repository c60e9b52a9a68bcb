using Microsoft.Extensions.Logging;
using Serving.Drift;
using Serving.Drift.Alerts;
using Serving.Drift.Observing;
using Serving.Drift.Quality;

namespace Serving;

/// <summary>
/// Drives the <see cref="ModelQuality"/> of every model in one process, within the turns of the <see cref="DriftLoop"/>, whose queue
/// brings its answers. An alert is saved before the turn ends that raised it, evidence at each flush, what waits once a minute.
/// </summary>
internal sealed class QualityDesk(SavedDrift saved, WebhookLoop webhooks, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan KeepAnswersEvery = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, ModelQuality> models = new(StringComparer.Ordinal);
    private DateTimeOffset answersKept = clock.GetUtcNow();

    /// <summary>What is to be posted once it is kept.</summary>
    private readonly Dictionary<(string Model, string Version), List<OutboxItem>> outgoing = [];

    /// <summary>Judges a version that was just loaded.</summary>
    public void Attach(WatchedVersion watched)
    {
        if (watched.Served.Drift.Quality is not { } settings) return;
        var (model, version) = (watched.Model, watched.Version);
        var quality = models.GetValueOrDefault(model) ?? Begin(model);
        models[model] = quality;
        var state = quality.Find(version)?.Save() ?? saved.LoadQuality(model, version);
        if (quality.Serve(version, settings.Options, state) is { } error) DriftLog.NotRead(log, error.Message);
    }

    /// <summary>The version is gone.</summary>
    public void Detach(WatchedVersion watched)
    {
        if (models.GetValueOrDefault(watched.Model) is not { } quality) return;
        Save(watched.Model, quality.Find(watched.Version));
        quality.Drop(watched.Version);
    }

    /// <summary>Takes the answers of an observation that the version's watch has just read.</summary>
    public void Take(WatchedVersion watched, in Observation observation)
    {
        if (models.GetValueOrDefault(watched.Model) is not { } quality) return;
        var id = observation.Id;
        for (var row = 0; row < observation.Rows; row++)
        {
            if (!watched.Watch.TryReadAnswer(row, id, out var answer)) return;
            quality.Answer(watched.Version, answer, observation.At, observation.Draw);
        }
    }

    public Outcome<FeedbackReceipt> Post(string model, IReadOnlyList<Feedback> truths) =>
        models.GetValueOrDefault(model) is { Versions.Count: > 0 } quality ? quality.Take(truths, clock.GetUtcNow()) : ModelQuality.NothingToJudge(model);

    public Outcome<QualityReport> Report(string model, string version) =>
        models.GetValueOrDefault(model)?.Report(version) is { } report ? report : ModelQuality.NotJudged(model, version);

    /// <summary>What truths said about the arms of a model's rollout since the last call.</summary>
    public IReadOnlyList<ArmTruths> CutArms(string model) => models.GetValueOrDefault(model)?.CutArms() ?? [];

    public IReadOnlyList<DriftAlert> Events(string model, string version) => models.GetValueOrDefault(model)?.Find(version)?.Events ?? [];

    public DriftAlert? Alert(string model, string version) => models.GetValueOrDefault(model)?.Find(version)?.Alert;

    /// <summary>Judges what came; the alerts that changed are saved when this returns.</summary>
    /// <param name="now">The time.</param>
    /// <param name="receivers">Who is told of a version's alerts.</param>
    public IReadOnlyList<(string Model, string Version, DriftAlert Alert)> Advance(
        DateTimeOffset now, Func<string, string, IReadOnlyList<WebhookConfig>> receivers)
    {
        List<(string, string, DriftAlert)>? changes = null;
        foreach (var (model, quality) in models)
        {
            foreach (var (version, alert) in quality.Advance(now))
            {
                if (!outgoing.TryGetValue((model, version), out var items)) outgoing[(model, version)] = items = [];
                items.AddRange(OutboxItem.Of(model, version, alert, receivers(model, version), now));
                Save(model, quality.Find(version));
                (changes ??= []).Add((model, version, alert));
            }
        }

        return changes ?? [];
    }

    /// <param name="all">Also the answers that wait, however lately they were kept: the process ends.</param>
    public void Flush(bool all)
    {
        var now = clock.GetUtcNow();
        var isDue = now - answersKept >= KeepAnswersEvery;
        if (isDue) answersKept = now;
        foreach (var (model, quality) in models)
        {
            // They are many, and written as a whole; while nobody sends truths, losing them with a crash loses nothing.
            if (quality.HasGrown && (all || (isDue && quality.HasTruths)) && saved.SaveAnswers(model, quality.Save()) is { } error)
                DriftLog.NotSaved(log, model, "-", error.Message);
            foreach (var version in quality.Versions)
                if (quality.Find(version) is { } monitor && (monitor.HasChanged || outgoing.ContainsKey((model, version)))) Save(model, monitor);
        }
    }

    private ModelQuality Begin(string model)
    {
        if (saved.LoadAnswers(model) is not { } state) return new ModelQuality(model);
        if (ModelQuality.Restore(model, state).TryGetValue(out var quality, out var error)) return quality;
        DriftLog.NotRead(log, error.Message);
        return new ModelQuality(model);
    }

    private void Save(string model, QualityMonitor? monitor)
    {
        if (monitor is null) return;
        var items = outgoing.GetValueOrDefault((model, monitor.Version)) ?? [];
        if (saved.SaveQuality(model, monitor.Version, monitor.Save(), items) is { } error)
        {
            outgoing[(model, monitor.Version)] = items;
            DriftLog.NotSaved(log, model, monitor.Version, error.Message);
            return;
        }

        outgoing.Remove((model, monitor.Version));
        webhooks.Add(items);
    }
}
