using System.Globalization;
using System.Text.Json;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Serving.Drift;
using Serving.Drift.Panes;
using Serving.Drift.Quality;

namespace Grains.Drift.Quality;

/// <summary>
/// The <see cref="ModelQuality"/> of one model with all that belongs to it: which versions are judged now and which were lately, whose answers
/// were counted, what is to be told. Goes on with what is kept, and says what is to be kept. Lives in the turns of the model's grain.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="repositories">Where its folder is.</param>
/// <param name="relay">Alerts on their way to the versions' monitors.</param>
/// <param name="log">The log.</param>
internal sealed class JudgedModel(string model, IReadOnlyList<string> repositories, AlertRelay relay, ILogger log)
{
    /// <summary>Versions that are gone and whose evidence is kept, should they come back.</summary>
    private const int MostGone = 16;

    private readonly Dictionary<string, string> fingerprints = new(StringComparer.Ordinal);
    private Dictionary<string, JudgedVersion> stored = [];

    public string Model => model;

    /// <summary>The machine.</summary>
    public ModelQuality Quality { get; private set; } = new(model);

    /// <summary>The silos whose answers are counted.</summary>
    public CountingNodes Nodes { get; } = new();

    /// <summary>The versions as they were last seen.</summary>
    public ModelRow? Row { get; private set; }

    /// <summary>The answers in their stored form.</summary>
    public static List<Instance> Read(ReadOnlySpan<byte> bytes)
    {
        var instances = new List<Instance>();
        var state = new StateReader(bytes);
        while (!state.AtEnd) instances.Add(Instance.Read(ref state));
        return instances;
    }

    /// <summary>Goes on from a snapshot and what came after it; from nothing where that is damaged.</summary>
    public void Resume(QualitySnapshot snapshot, IReadOnlyList<JournalEntry> entries, ModelRow known)
    {
        try
        {
            Begin(snapshot, known);
            foreach (var entry in entries) Count(entry);
        }
        catch (Exception damaged) when (damaged is FormatException or ArgumentException or JsonException)
        {
            DriftLog.NotRead(log, $"the stored quality of model '{model}' is damaged: {damaged.Message}");
            Begin(new QualitySnapshot(), known);
        }
    }

    public void Count(List<Instance> instances)
    {
        foreach (var instance in instances) Quality.Answer(instance.Version, instance.Key, instance.Answer!, instance.AnsweredAt, instance.Draw);
    }

    /// <summary>Judges the versions as they are now: how may be another one since one was loaded anew.</summary>
    public void Serve(ModelRow next)
    {
        if (Row is not null && next.Number <= Row.Number) return;
        Row = next;
        foreach (var version in next.Versions)
            if (fingerprints.GetValueOrDefault(version.Description.Version) != version.Fingerprint) Serve(version);
        foreach (var gone in fingerprints.Keys.Where(judged => !Array.Exists(next.Versions, v => v.Description.Version == judged)).ToArray()) Drop(gone);
        foreach (var old in stored.Keys.OrderByDescending(version => long.Parse(version, CultureInfo.InvariantCulture)).Skip(MostGone).ToArray()) stored.Remove(old);
    }

    /// <summary>All as it is now.</summary>
    public QualitySnapshot Snapshot()
    {
        var versions = new Dictionary<string, JudgedVersion>(stored, StringComparer.Ordinal);
        foreach (var version in Quality.Versions) versions[version] = Keep(version, Quality.Find(version)!);
        return new QualitySnapshot { Answers = Quality.Save(), Counts = Quality.SaveCounts(), Versions = versions, Nodes = [.. Nodes.All], Alerts = relay.Save() };
    }

    private void Begin(QualitySnapshot snapshot, ModelRow known)
    {
        Quality = new ModelQuality(model);
        Nodes.Clear();
        Nodes.Restore(snapshot.Nodes, dropped: 0);
        relay.Restore(snapshot.Alerts);
        if (snapshot.Answers is { } answers)
        {
            if (ModelQuality.Restore(model, answers).TryGetValue(out var restored, out var error)) Quality = restored;
            else DriftLog.NotRead(log, error.Message);
            Quality.ResumeCounts(snapshot.Counts);
        }

        (Row, stored) = (null, snapshot.Versions);
        fingerprints.Clear();
        Serve(known);
    }

    /// <summary>Takes what the journal has as it was taken when it came.</summary>
    private void Count(JournalEntry entry)
    {
        if (entry.Node is null)
        {
            Quality.Take(JsonSerializer.Deserialize(entry.Body.Bytes.Span, DriftWire.Default.IReadOnlyListFeedback)!, entry.At);
            return;
        }

        Nodes.Heard(entry.Node, 0, entry.IsLast, entry.At);
        Count(Read(entry.Body.Bytes.Span));
    }

    private void Serve(VersionRow version)
    {
        var name = version.Description.Version;
        Drop(name);
        if (!WatchSetup.Of(version.Description, repositories).TryGetValue(out var setup, out var error))
        {
            DriftLog.NotRead(log, error.Message);
            return;
        }

        if (setup.Quality is not { } settings) return;
        stored.Remove(name, out var before);
        if (Quality.Serve(name, settings.Options, before?.Evidence ?? []) is { } unfit) DriftLog.NotRead(log, unfit.Message);
        if (before?.Fingerprint == version.Fingerprint) Quality.ResumeCounts(Quality.Find(name)!, before.Counts);
        fingerprints[name] = version.Fingerprint;
    }

    private void Drop(string version)
    {
        if (Quality.Find(version) is not { } monitor) return;
        stored[version] = Keep(version, monitor);
        Quality.Drop(version);
        fingerprints.Remove(version);
    }

    private JudgedVersion Keep(string version, QualityMonitor monitor) => new(fingerprints[version], monitor.Save(), Quality.SaveCounts(monitor));
}
