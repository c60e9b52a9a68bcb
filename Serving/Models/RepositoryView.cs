using Serving.Models.Repository;

namespace Serving.Models;

/// <summary>The repository as the model loop acts on it.</summary>
/// <param name="Models">By name.</param>
/// <param name="IsChanging">Something differs from the scan before: look again soon.</param>
/// <param name="Faults">Roots that could not be read, with the reason.</param>
internal sealed record RepositoryView(IReadOnlyDictionary<string, ModelFolder> Models, bool IsChanging, IReadOnlyList<string> Faults);
