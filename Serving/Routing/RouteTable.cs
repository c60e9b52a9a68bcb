using System.Collections.Frozen;
using Serving.Inference;

namespace Serving.Routing;

/// <summary>
/// Where every request goes: an immutable snapshot of all models' routes. One writer makes the next table and swaps the
/// reference; a request reads the reference once and sees one consistent table, without a lock.
/// </summary>
/// <remarks>
/// The order of the choice is part of the product's contract: the version or label the caller names, then the first rule that
/// matches, then the sticky draw for callers that bring the key, then the weighted draw. A model without a traffic document
/// answers from its highest ready version. The table knows no clock and no source of randomness; the random number comes in.
/// Each model's routes carry the epoch of the document they were compiled from, which every answer repeats.
/// </remarks>
internal sealed class RouteTable
{
    public static readonly RouteTable Empty = new(FrozenDictionary<string, ModelRoutes>.Empty);

    private readonly FrozenDictionary<string, ModelRoutes> models;

    private RouteTable(FrozenDictionary<string, ModelRoutes> models) => this.models = models;

    /// <summary>This table with one model's routes added or replaced.</summary>
    public RouteTable With(ModelRoutes routes) =>
        new(models.Values.Where(m => m.Model != routes.Model).Append(routes).ToFrozenDictionary(m => m.Model, StringComparer.Ordinal));

    /// <summary>This table without a model.</summary>
    public RouteTable Without(string model) =>
        new(models.Values.Where(m => m.Model != model).ToFrozenDictionary(m => m.Model, StringComparer.Ordinal));

    /// <summary>A model's routes, or null when there is no such model.</summary>
    public ModelRoutes? Find(string model) => models.GetValueOrDefault(model);

    /// <summary>Chooses the version that answers a request; see <see cref="ModelRoutes.Choose"/>.</summary>
    public Outcome<RouteDecision> Choose(string model, string? version, IRequestAttributes? attributes, ulong random) =>
        models.TryGetValue(model, out var routes) ? routes.Choose(version, attributes, random) : ServingError.ModelNotFound(model);
}
