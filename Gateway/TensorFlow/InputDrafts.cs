using System.Text;
using System.Text.Unicode;
using Gateway.OpenInference;
using Serving.Inference;
using Serving.Models;

namespace Gateway.TensorFlow;

/// <summary>All inputs of a request in the making, by the signature of the model they are for.</summary>
internal sealed class InputDrafts
{
    private const int LongestEcho = 100;

    private readonly TensorDraft[] drafts;
    private readonly TensorDraft? only;

    public InputDrafts(ModelMetadata signature)
    {
        drafts = new TensorDraft[signature.Inputs.Count];
        var required = 0;
        for (var i = 0; i < drafts.Length; i++)
        {
            drafts[i] = new TensorDraft(signature.Inputs[i]);
            if (drafts[i].Optional && drafts.Length > 1) continue;
            only = ++required == 1 ? drafts[i] : null;
        }
    }

    /// <summary>Reads a value without a name, which is the only input's.</summary>
    public bool ReadOnly(ref BodyState state, FieldPath path, int row, int depth)
    {
        if (only is null) return state.Invalid($"{path} must be an object with a value for each input; the inputs are {Names}");
        only.Values = row + 1;
        return only.Read(ref state, path, depth);
    }

    /// <summary>Reads an object of values by the inputs' names.</summary>
    /// <param name="state">At the object; on success behind it.</param>
    /// <param name="path">The object, for sentences.</param>
    /// <param name="row">The rows before this one.</param>
    /// <param name="depth">Dimensions around a value; null for features.</param>
    public bool ReadNamed(ref BodyState state, FieldPath path, int row, int? depth)
    {
        if (!state.Open((byte)'{', path)) return false;
        var first = true;
        while (state.NextMember(ref first, out var key))
        {
            if (Find(key) is not { } draft) return state.Invalid($"{path} has '{Echo(key)}', which is no input; the inputs are {Names}");
            var value = path[draft.Name];
            if (draft.Values > row) return state.Invalid($"{value} is given twice");
            if (draft.Values < row) return state.Invalid($"{value} is given, but was not in the {row} before");
            draft.Values++;
            if (depth is { } around ? !draft.Read(ref state, value, around) : !draft.ReadFeature(ref state, value)) return false;
        }

        return state.Cursor.Expected is null && state.Error is null;
    }

    /// <summary>The tensors, once every input that must be there is there for every row.</summary>
    /// <param name="state">Takes the fault.</param>
    /// <param name="list">What holds the rows, for sentences.</param>
    /// <param name="rows">How many there are; null where inputs come whole.</param>
    /// <param name="features">The values are features, which take the signature's shape.</param>
    public bool TryFinish(ref BodyState state, string list, int? rows, bool features, out Tensor[] tensors)
    {
        tensors = [];
        var wanted = rows ?? 1;
        var found = new List<Tensor>(drafts.Length);
        foreach (var draft in drafts)
        {
            if (draft.Values == 0 && draft.Optional) continue;
            if (draft.Values < wanted)
                return state.Invalid($"{(rows is null ? list : $"{list}[{draft.Values}]")} has no '{draft.Name}'; the inputs are {Names}");
            found.Add(features ? draft.ToFeatures(wanted) : draft.ToTensor(rows));
        }

        tensors = [.. found];
        return true;
    }

    private string Names => string.Join(", ", drafts.Select(draft => draft.Name));

    private TensorDraft? Find(ReadOnlySpan<byte> name)
    {
        foreach (var draft in drafts)
            if (name.SequenceEqual(draft.Utf8Name)) return draft;
        return null;
    }

    private static string Echo(ReadOnlySpan<byte> key) =>
        key.Length <= LongestEcho && Utf8.IsValid(key) ? Encoding.UTF8.GetString(key) : "…";
}
