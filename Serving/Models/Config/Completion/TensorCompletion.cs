using Serving.Inference;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Completion;

/// <summary>Declared tensors against the model's: fills what is open, refuses what differs.</summary>
internal sealed class TensorCompletion(bool batching, Findings findings)
{
    public ValueList<InputConfig> Inputs(ValueList<InputConfig> declared, IReadOnlyList<TensorSignature> signature)
    {
        var inputs = new List<InputConfig>();
        foreach (var input in declared)
        {
            if (Find(signature, "input", input.Name) is not { } real) continue;
            if (input.Optional && !real.Optional)
                findings.Refuse($"input '{input.Name}' is marked 'optional', but the model cannot run without it");
            inputs.Add(Complete(input, real, "input", mayBeUnknown: false) with { Optional = real.Optional });
        }

        foreach (var real in signature)
        {
            if (declared.Any(input => input.Name == real.Name) || (declared.Count > 0 && real.Optional)) continue;
            if (declared.Count > 0)
                findings.Warn($"input '{real.Name}' was not declared and is added, since the model cannot run without it");
            inputs.Add(Complete(new InputConfig { Name = real.Name, Optional = real.Optional }, real, "input", mayBeUnknown: false));
        }

        return new(inputs.ToArray());
    }

    public ValueList<OutputConfig> Outputs(ValueList<OutputConfig> declared, IReadOnlyList<TensorSignature> signature)
    {
        var outputs = new List<OutputConfig>();
        foreach (var output in declared)
            if (Find(signature, "output", output.Name) is { } real) outputs.Add(Complete(output, real, "output", mayBeUnknown: true));
        if (declared.Count == 0)
            foreach (var real in signature)
                outputs.Add(Complete(new OutputConfig { Name = real.Name }, real, "output", mayBeUnknown: true));
        return new(outputs.ToArray());
    }

    private TensorSignature? Find(IReadOnlyList<TensorSignature> signature, string kind, string name)
    {
        foreach (var tensor in signature)
            if (tensor.Name == name) return tensor;
        var names = string.Join(", ", signature.Select(tensor => $"'{tensor.Name}'"));
        findings.Refuse($"the configuration has the {kind} '{name}', but the model's {kind}s are {names}");
        return null;
    }

    private T Complete<T>(T declared, TensorSignature real, string kind, bool mayBeUnknown)
        where T : TensorConfig
    {
        if (declared.DataType != default && declared.DataType != real.Type)
            Differ("data type", declared.DataType.Name(), real.Type.Name());
        var typed = declared with { DataType = real.Type };
        if (declared.Dims.Count == 0 && declared.Reshape is null) return (T)WithDims(typed, real);
        var isUnknown = mayBeUnknown && real.Shape.Count == 0;
        if (!isUnknown && !Fits(declared, real))
            Differ("shape", Full(declared).ToString(), TensorShape.Format([.. real.Shape]));
        return (T)typed;

        void Differ(string what, string written, string actual) =>
            findings.Refuse($"{kind} '{declared.Name}' has the {what} {written} in the configuration and {actual} in the model");
    }

    private TensorConfig WithDims(TensorConfig tensor, TensorSignature real)
    {
        // Without a first dimension there is none to leave out; that the model cannot batch is already said.
        var dims = real.Shape.Skip(batching ? 1 : 0).ToArray();
        return dims.Length == 0 && batching ? tensor with { Dims = [1], Reshape = [] } : tensor with { Dims = new(dims) };
    }

    private bool Fits(TensorConfig declared, TensorSignature real)
    {
        var full = Full(declared);
        if (full.Count != real.Shape.Count) return false;
        for (var i = 0; i < full.Count; i++)
            if (real.Shape[i] != -1 && real.Shape[i] != full[i]) return false;
        return true;
    }

    /// <summary>The shape the model would see.</summary>
    private ValueList<long> Full(TensorConfig tensor)
    {
        var dims = tensor.Reshape ?? tensor.Dims;
        return batching ? [-1, .. dims] : dims;
    }
}
