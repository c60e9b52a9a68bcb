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
        var index = ModelIndex.Of(Name, Lifecycle, Fault, exists: Folder is not null);

        // Of two ready copies of one number, the younger one answers.
        var ready = new Dictionary<string, ServedVersion>(StringComparer.Ordinal);
        foreach (var slot in Lifecycle.Slots.Where(s => s.State == SlotState.Ready).OrderBy(s => s.Id))
            ready[Served[slot].Metadata.Version] = Served[slot];

        return new ServedModel(Name, ready, index, new ModelVersions([.. ready.Keys], ModelIndex.Unready(index, ready.Keys)), Routing);
    }
}
