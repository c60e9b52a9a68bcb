namespace Serving.Models;

/// <summary>One model's rows of the repository index, as both editions show them.</summary>
internal static class ModelIndex
{
    /// <param name="model">The model's name.</param>
    /// <param name="lifecycle">Its versions.</param>
    /// <param name="fault">Why its folder as it is now cannot be used; null when it can.</param>
    /// <param name="exists">Whether it is in the repository.</param>
    public static List<ModelIndexEntry> Of(string model, ModelLifecycle lifecycle, string? fault, bool exists)
    {
        var index = lifecycle.Index(model).ToList();
        if (fault is not null) index.Insert(0, new ModelIndexEntry(model, null, ModelState.Unavailable, fault));
        else if (index.Count == 0) index.Add(new ModelIndexEntry(model, null, exists ? ModelState.Unknown : ModelState.Unavailable, null));
        return index;
    }

    /// <summary>Versions that cannot answer and why, as a clause.</summary>
    /// <param name="index">The model's rows.</param>
    /// <param name="ready">Versions that can.</param>
    public static Dictionary<string, string> Unready(IEnumerable<ModelIndexEntry> index, IReadOnlyCollection<string> ready)
    {
        var unready = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in index.Where(row => row.Version is not null && !ready.Contains(row.Version)))
            unready[row.Version!] = row.Reason ?? Clause(row.State);
        return unready;
    }

    private static string Clause(ModelState state) => state switch
    {
        ModelState.Loading => "it is loading",
        ModelState.Unloading => "it is being unloaded",
        _ => "it is not loaded",
    };
}
