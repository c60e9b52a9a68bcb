using Serving.Inference;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>Which tensors an observation holds, so that nothing is copied that no feature needs. Immutable.</summary>
internal sealed class ObservationLayout
{
    /// <param name="metadata">The version's signature.</param>
    /// <param name="watched">Features that are watched for drift.</param>
    /// <param name="judged">What feedback is compared with, or null.</param>
    public ObservationLayout(ModelMetadata metadata, FeatureSource[] watched, JudgedOutput? judged = null)
    {
        Watched = watched.Length;
        Judged = judged;
        (Model, Version) = (metadata.Name, metadata.Version);
        FeatureSource[] sources = judged is null ? watched : [.. watched, judged.Answer, .. judged.Scores];
        Sources = sources;
        var slots = new List<TensorSlot>();
        SlotOf = new int[sources.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            var source = sources[i];
            if (source.Part == SourcePart.Latency)
            {
                SlotOf[i] = -1;
                continue;
            }

            var signature = (source.IsOutput ? metadata.Outputs : metadata.Inputs)[source.Tensor];
            var slot = slots.FindIndex(known => known.IsOutput == source.IsOutput && known.Tensor == source.Tensor);
            if (slot < 0)
            {
                slot = slots.Count;
                slots.Add(new TensorSlot(source.IsOutput, source.Tensor, signature.Name, signature.Type));
            }

            SlotOf[i] = slot;
        }

        Slots = [.. slots];
    }

    /// <summary>Of which model.</summary>
    public string Model { get; }

    /// <summary>Of which of its versions.</summary>
    public string Version { get; }

    /// <summary>What feedback is compared with; null for nothing.</summary>
    public JudgedOutput? Judged { get; }

    /// <summary>How many of the sources, the first ones, are watched for drift.</summary>
    public int Watched { get; }

    public FeatureSource[] Sources { get; }

    /// <summary>Which slot a source is read from; -1 for none.</summary>
    public int[] SlotOf { get; }

    public TensorSlot[] Slots { get; }

    /// <summary>The tensor of a slot, or null when it was not sent or not asked for.</summary>
    public static Tensor? Find(TensorSlot slot, Tensor[] inputs, IReadOnlyList<Tensor> outputs) =>
        slot.IsOutput ? FindIn(outputs, slot) : FindIn(inputs, slot);

    private static Tensor? FindIn(IReadOnlyList<Tensor> tensors, TensorSlot slot)
    {
        // Nearly always where the signature has it.
        if (slot.Tensor < tensors.Count && tensors[slot.Tensor].Name == slot.Name) return tensors[slot.Tensor];
        for (var i = 0; i < tensors.Count; i++)
            if (tensors[i].Name == slot.Name) return tensors[i];
        return null;
    }
}
