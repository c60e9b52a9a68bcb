using Serving.Models.Config;
using Serving.Models.Repository;
using Serving.Routing;

namespace Serving.Models;

/// <summary>What the model loop knows of one model. Touched only by the loop.</summary>
internal sealed class ModelEntry(string name)
{
    public string Name { get; } = name;

    public ModelLifecycle Lifecycle { get; } = new();

    /// <summary>The loaded copies, by slot.</summary>
    public Dictionary<VersionSlot, ServedVersion> Served { get; } = [];

    /// <summary>Where the model's files are, as of the last scan that found them whole.</summary>
    public ModelFolder? Folder { get; set; }

    public ModelConfig? Config { get; set; }

    /// <summary>Why the folder as it is now cannot be used; what was loaded before serves on.</summary>
    public string? Fault { get; set; }

    /// <summary>Files or configuration of an explicit load that stand in for the repository's.</summary>
    public ModelOverride? Override { get; set; }

    /// <summary>Raised by each explicit load, so that unchanged files are loaded again.</summary>
    public int Generation { get; set; }

    /// <summary>How its traffic is divided. Owned by the traffic loop.</summary>
    public ModelRouting Routing { get; set; } = ModelRouting.None;

    /// <summary>The model as requests see it, as of the last change.</summary>
    public ServedModel? Published { get; set; }

    /// <summary>The model as requests should see it from now on.</summary>
    public ServedModel Publish()
    {
        var index = Lifecycle.Index(Name).ToList();
        if (Fault is not null) index.Insert(0, new ModelIndexEntry(Name, null, ModelState.Unavailable, Fault));
        else if (index.Count == 0) index.Add(new ModelIndexEntry(Name, null, Folder is null ? ModelState.Unavailable : ModelState.Unknown, null));

        // Of two ready copies of one number, the younger one answers.
        var ready = new Dictionary<string, ServedVersion>(StringComparer.Ordinal);
        foreach (var slot in Lifecycle.Slots.Where(s => s.State == SlotState.Ready).OrderBy(s => s.Id))
            ready[Served[slot].Metadata.Version] = Served[slot];

        var unready = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in index.Where(row => row.Version is not null && !ready.ContainsKey(row.Version)))
            unready[row.Version!] = row.Reason ?? Clause(row.State);
        return new ServedModel(Name, ready, index, new ModelVersions([.. ready.Keys], unready), Routing);
    }

    /// <summary>Why a version in that state does not answer.</summary>
    public static string Clause(ModelState state) => state switch
    {
        ModelState.Loading => "it is loading",
        ModelState.Unloading => "it is being unloaded",
        _ => "it is not loaded",
    };
}
