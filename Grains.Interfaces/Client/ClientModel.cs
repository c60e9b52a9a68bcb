using Grains.Inference;
using Grains.Models;
using Grains.Routing;
using Serving;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Grains.Client;

/// <summary>One model as a client sees it: enough to describe it and to know what routing will ask. Silos choose versions, not clients.</summary>
internal sealed class ClientModel
{
    private readonly ModelRow row;
    private readonly IReadOnlyList<TrafficVariant> variants;
    private readonly AttributeSource[] sources;

    public ClientModel(ModelRow row, TrafficRow? traffic)
    {
        this.row = row;
        var document = traffic?.Document is { } json ? TrafficJson.Read(json.Bytes).Value : null;
        variants = document?.Variants ?? [];
        sources = [.. (document?.Rules ?? []).Select(r => r.When)];
        if (document?.StickyBy is { } sticky) sources = [.. sources, sticky];
        Versions = [.. row.Versions.Select(v => v.Description.Version)];
        Index = [.. row.Index.Select(i => new ModelIndexEntry(row.Model, i.Version, i.State, i.Reason))];
    }

    /// <summary>The ready versions, oldest first.</summary>
    public IReadOnlyList<string> Versions { get; }

    public IReadOnlyList<ModelIndexEntry> Index { get; }

    /// <summary>The version that a number, a label or nothing stands for where no request is being routed.</summary>
    public Outcome<SentDescription> Resolve(string? version)
    {
        var named = variants.FirstOrDefault(v => v.Label == version && version is not null)?.Version ?? version;
        if (named is null)
        {
            var drawn = variants.Where(v => v.Weight > 0 && Versions.Contains(v.Version)).MaxBy(v => v.Weight)?.Version;
            named = drawn ?? (variants.Count == 0 && Versions.Count > 0 ? Versions[^1] : null);
            if (named is null) return ServingError.NotReady(row.Model, null, "no version that may answer is ready");
        }

        if (row.Versions.FirstOrDefault(v => v.Description.Version == named) is { } ready) return ready.Description;
        var listed = Index.FirstOrDefault(i => i.Version == named);
        return listed is null ? ServingError.VersionNotFound(row.Model, version!) : ServingError.NotReady(row.Model, named, listed.Reason ?? $"it is {listed.State}");
    }

    /// <summary>What of a request's attributes routing may ask for; null for nothing.</summary>
    public SentAttributes? Asked(IRequestAttributes? attributes)
    {
        if (attributes is null || sources.Length == 0) return null;
        var sent = new SentAttributes { Headers = [], Parameters = [] };
        foreach (var source in sources)
        {
            if (source.Of(attributes) is not { } value) continue;
            if (source.Kind == AttributeKind.Header) sent.Headers[source.Name.ToLowerInvariant()] = value;
            else sent.Parameters[source.Name] = value;
        }

        return sent;
    }
}
