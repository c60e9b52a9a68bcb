using System.Text.Json;
using Serving.Routing.Rollouts;

namespace Serving.Routing;

/// <summary>
/// One model's traffic: its document, the epoch, and the rollout that may be changing it.
/// </summary>
/// <remarks>
/// <para>Every change raises the epoch by one, the removal of the document and each step of a rollout included; an epoch is never
/// used twice, so that a caller's <c>If-Match</c>, an answer's <c>x-serving-route</c> and a report's counts all name one
/// state.</para>
/// <para>While a rollout runs the document is the rollout's: putting or removing one is a conflict, going back is asked of the
/// rollout. A version that arrives takes no drawn traffic from a model that has a document.</para>
/// <para>The driver persists <see cref="State"/> after every change and before the caller is answered or the routes published;
/// when that fails it goes on from the state it last persisted, so that what was acknowledged is what is kept.</para>
/// </remarks>
internal sealed class ModelTraffic
{
    private const string NotThere = "it is not in the model repository";

    private readonly string model;
    private TrafficDocument? before;

    /// <param name="model">The model's name.</param>
    /// <param name="state">Where it was left; null for a model that never had a document.</param>
    public ModelTraffic(string model, TrafficState? state)
    {
        this.model = model;
        Epoch = state?.Epoch ?? 0;
        Document = state?.Document;
        before = state?.Before;
        Shadows = state?.Shadows;
        Rollout = state?.Rollout is { } rollout ? new Rollout(rollout) : null;
    }

    /// <summary>The epoch of the document, or of its removal; 0 when there never was one.</summary>
    public long Epoch { get; private set; }

    /// <summary>The traffic document, or null.</summary>
    public TrafficDocument? Document { get; private set; }

    /// <summary>For each shadow's version the epoch that made it one; null for none.</summary>
    public IReadOnlyDictionary<string, long>? Shadows { get; private set; }

    /// <summary>The last rollout, running or over; null before the first.</summary>
    public Rollout? Rollout { get; private set; }

    /// <summary>What must be kept over a restart.</summary>
    public TrafficState State => new(Epoch, Document, before, Rollout?.State, Shadows);

    /// <summary>The model's routes with these versions.</summary>
    public ModelRoutes Routes(ModelVersions versions) => ModelRoutes.Compile(model, versions, Document, Epoch, Shadows);

    /// <summary>Takes a new document, whole or not at all.</summary>
    /// <param name="document">The document; its epoch, when not 0, must be the current one.</param>
    /// <param name="match">The epoch of the caller's <c>If-Match</c>, or null.</param>
    /// <param name="versions">The model's versions.</param>
    /// <param name="now">The time.</param>
    /// <returns>The document with its new epoch.</returns>
    public Outcome<TrafficDocument> Put(TrafficDocument document, long? match, ModelVersions versions, DateTimeOffset now)
    {
        if (Obstruction(match ?? (document.Epoch == 0 ? null : document.Epoch)) is { } error) return error;

        // A document that was made in code has not been through the reader's checks; this is the same gate for all.
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) TrafficJson.Write(json, document);
        if (!TrafficJson.Read(buffer.ToArray(), versions.Ready).TryGetValue(out var accepted, out error)) return error;
        return Set(accepted, now)!;
    }

    /// <summary>Removes the document: the highest ready version answers again.</summary>
    public Outcome<Done> Delete(long? match, DateTimeOffset now)
    {
        if (Obstruction(match) is { } error) return error;
        if (Document is null) return new ServingError(ErrorCode.NotFound, $"model '{model}' has no traffic document");
        Set(null, now);
        return default(Done);
    }

    /// <summary>
    /// Gives a model without a document one for its highest ready version, so that a version that arrives later takes traffic
    /// only by a rollout. False when there is nothing to do.
    /// </summary>
    public bool Pin(ModelVersions versions, DateTimeOffset now)
    {
        if (Document is not null || versions.Highest is not { } highest) return false;
        Set(new TrafficDocument { Variants = [new(highest, 100, "stable")] }, now);
        return true;
    }

    /// <summary>
    /// With automatic rollouts a model's first version is pinned, and each newer one arrives by a rollout. Does what is due for the
    /// versions as they are; an error says why a rollout that is due did not start.
    /// </summary>
    /// <param name="spec">The rollout's settings as JSON, without a version.</param>
    /// <param name="versions">The model's versions.</param>
    /// <param name="usual">Recent latencies of the stable version, or null.</param>
    /// <param name="now">The time.</param>
    public Outcome<Done> BeginAutomatic(ReadOnlyMemory<byte> spec, ModelVersions versions, LatencyHistogram? usual, DateTimeOffset now)
    {
        if (versions.Highest is not { } highest) return default(Done);
        if (Document is null)
        {
            Pin(versions, now);
            return default(Done);
        }

        if (long.Parse(highest) <= Document.Variants.Max(v => long.Parse(v.Version))
            || Rollout is { } last && (last.Phase == RolloutPhase.Running || last.To == highest)) return default(Done);
        if (!RolloutJson.ReadAutomatic(spec, highest).TryGetValue(out var read, out var error)
            || !StartRollout(read, versions, usual, now).TryGetValue(out _, out error))
            return error with { Message = $"the automatic rollout of model '{model}' to version {highest} did not start: {error.Message}" };
        return default(Done);
    }

    /// <summary>Starts a rollout from the present stable version.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="versions">The model's versions.</param>
    /// <param name="usual">Recent latencies of the stable version, or null.</param>
    /// <param name="now">The time.</param>
    public Outcome<RolloutStatus> StartRollout(RolloutSpec spec, ModelVersions versions, LatencyHistogram? usual, DateTimeOffset now)
    {
        if (Obstruction(match: null) is { } error) return error;
        if (!versions.Ready.Contains(spec.To))
        {
            return versions.WhyNot(spec.To) is { } reason
                ? ServingError.NotReady(model, spec.To, reason)
                : ServingError.VersionNotFound(model, spec.To);
        }

        if (!RolloutTraffic.From(model, Document, spec.To, versions).TryGetValue(out var from, out error)) return error;
        if (!versions.Ready.Contains(from)) return ServingError.NotReady(model, from, versions.WhyNot(from) ?? NotThere);

        before = Document;
        Rollout = Rollout.Start(spec, from, Epoch + 1, usual, now);
        Set(RolloutTraffic.During(before, from, spec.To, Rollout.Weight), now);
        return Rollout.Status(now, obstacle: null);
    }

    /// <summary>Ends the running rollout by going back.</summary>
    public Outcome<RolloutStatus> RollBack(DateTimeOffset now)
    {
        if (Rollout is not { } rollout) return new ServingError(ErrorCode.NotFound, $"model '{model}' has no rollout");
        if (rollout.RollBack("a caller asked for it", now) is null)
        {
            return new ServingError(ErrorCode.Conflict, $"the rollout of model '{model}' to version {rollout.To} is over already");
        }

        Follow(rollout, now);
        return rollout.Status(now, obstacle: null);
    }

    /// <summary>Takes counts; see <see cref="Rollout.Report"/>.</summary>
    public bool Report(RolloutReport report) => Rollout?.Report(report) ?? false;

    /// <summary>Lets a running rollout decide; null when nothing changes.</summary>
    /// <param name="versions">The model's versions.</param>
    /// <param name="now">The time.</param>
    /// <param name="drift">What drift monitoring says of the new version; null when it does not watch it.</param>
    /// <param name="obstacle">Why it cannot go on just now, besides versions that are not ready; null when it can.</param>
    public RolloutDecision? Step(ModelVersions versions, DateTimeOffset now, RolloutDrift? drift = null, string? obstacle = null)
    {
        if (Rollout is not { Phase: RolloutPhase.Running } rollout) return null;
        var gone = !versions.Ready.Contains(rollout.To) && versions.WhyNot(rollout.To) is null;
        var decision = gone
            ? rollout.RollBack($"version {rollout.To} is no longer in the model repository", now)
            : rollout.Step(now, obstacle ?? Obstacle(rollout, versions), drift);
        if (decision is not null) Follow(rollout, now);
        return decision;
    }

    /// <summary>How the last rollout stands; null before the first.</summary>
    public RolloutStatus? Status(ModelVersions versions, DateTimeOffset now) =>
        Rollout is { } rollout ? rollout.Status(now, Obstacle(rollout, versions)) : null;

    private static string? Obstacle(Rollout rollout, ModelVersions versions)
    {
        foreach (var version in new[] { rollout.From, rollout.To })
        {
            if (!versions.Ready.Contains(version)) return $"version {version} is not ready: {versions.WhyNot(version) ?? NotThere}";
        }

        return null;
    }

    /// <summary>Puts the document where the rollout now stands.</summary>
    private void Follow(Rollout rollout, DateTimeOffset now) => Set(
        rollout.Phase switch
        {
            RolloutPhase.Running => RolloutTraffic.During(before, rollout.From, rollout.To, rollout.Weight),
            RolloutPhase.Completed => RolloutTraffic.Completed(before, rollout.From, rollout.To),
            _ => RolloutTraffic.RolledBack(before, rollout.To),
        },
        now);

    private TrafficDocument? Set(TrafficDocument? document, DateTimeOffset now)
    {
        Epoch++;
        Document = document is null ? null : document with { Epoch = Epoch, UpdatedAt = now };
        var shadows = Shadows;
        Shadows = document is null or { Shadows.Count: 0 }
            ? null
            : document.Shadows.Select(s => TrafficRules.Resolve(document.Variants, s.Version)!).ToDictionary(v => v, v => shadows?.GetValueOrDefault(v, Epoch) ?? Epoch);
        return Document;
    }

    private ServingError? Obstruction(long? match)
    {
        if (match is { } epoch && epoch != Epoch)
        {
            return new ServingError(
                ErrorCode.StaleMatch, $"the traffic of model '{model}' is at epoch {Epoch} now, not {epoch}: get it again");
        }

        return Rollout is { Phase: RolloutPhase.Running } running
            ? new ServingError(
                ErrorCode.Conflict,
                $"a rollout of model '{model}' to version {running.To} is running: delete the rollout to go back first")
            : null;
    }
}
