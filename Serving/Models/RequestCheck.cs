using Serving.Batching;
using Serving.Inference;

namespace Serving.Models;

/// <summary>Holds a request against a version's signature: the last check before its queue. Compiled once per version.</summary>
internal sealed class RequestCheck(ModelMetadata metadata)
{
    private readonly TensorSignature[] inputs = [.. metadata.Inputs];
    private readonly TensorSignature[] outputs = [.. metadata.Outputs];
    private readonly int[] allOutputs = [.. Enumerable.Range(0, metadata.Outputs.Count)];

    /// <summary>The request as its version's queue takes it, or what is wrong with it.</summary>
    public Outcome<PendingInference> Check(InferenceRequest request, in RouteDecision route, long now)
    {
        var given = request.Inputs;
        var ordered = new Tensor[given.Count];
        var found = 0;
        long bytes = 0;
        for (var i = 0; i < inputs.Length; i++)
        {
            var signature = inputs[i];
            if (Find(given, signature.Name) is not { } tensor)
            {
                if (signature.Optional) continue;
                return MissingInput(given, signature.Name);
            }

            if (tensor.Type != signature.Type)
            {
                return ServingError.Invalid(
                    $"inference input '{tensor.Name}' data-type is '{tensor.Type.Name()}', but model '{metadata.Name}' expects '{signature.Type.Name()}'");
            }

            if (!Fits(tensor.Shape, signature.Shape))
            {
                return ServingError.Invalid(
                    $"unexpected shape for input '{tensor.Name}' for model '{metadata.Name}'. Expected {TensorShape.Format([.. signature.Shape])}, got {TensorShape.Format(tensor.Shape)}.");
            }

            if (found == ordered.Length) return MissingInput(given, signature.Name);
            ordered[found++] = tensor;
            bytes += tensor.Data.Length;
        }

        if (found < given.Count) return UnknownInput(given);
        if (CountRows(ordered).TryGetValue(out var rows, out var error) && SelectOutputs(request).TryGetValue(out var wanted, out error))
        {
            return new PendingInference
            {
                Request = request, Inputs = ordered, Outputs = wanted, Route = route, Rows = rows, Bytes = bytes, Arrived = now,
            };
        }

        return error;
    }

    private static Tensor? Find(IReadOnlyList<Tensor> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
            if (ReferenceEquals(tensors[i].Name, name) || tensors[i].Name == name) return tensors[i];
        return null;
    }

    private static bool Fits(long[] shape, IReadOnlyList<long> expected)
    {
        if (shape.Length != expected.Count) return false;
        for (var i = 0; i < shape.Length; i++)
            if (expected[i] >= 0 && shape[i] != expected[i]) return false;
        return true;
    }

    private Outcome<int> CountRows(Tensor[] tensors)
    {
        if (metadata.MaxBatchSize == 0 || tensors.Length == 0) return 1;
        var rows = tensors[0].Shape[0];
        foreach (var tensor in tensors)
        {
            if (tensor.Shape[0] == rows) continue;
            return ServingError.Invalid(
                $"input '{tensor.Name}' has batch-size {tensor.Shape[0]} and input '{tensors[0].Name}' has {rows}; all inputs of a request for model '{metadata.Name}' must have the same");
        }

        return rows <= metadata.MaxBatchSize
            ? (int)rows
            : ServingError.Invalid($"inference request batch-size must be <= {metadata.MaxBatchSize} for '{metadata.Name}', got {rows}");
    }

    private Outcome<int[]> SelectOutputs(InferenceRequest request)
    {
        if (request.Outputs.Count == 0) return allOutputs;
        var wanted = new int[request.Outputs.Count];
        for (var i = 0; i < wanted.Length; i++)
        {
            var name = request.Outputs[i].Name;
            var index = Array.FindIndex(outputs, o => o.Name == name);
            if (index < 0)
                return ServingError.Invalid($"unexpected inference output '{name}' for model '{metadata.Name}'; it has {Names(outputs.Select(o => o.Name))}");
            wanted[i] = index;
        }

        return wanted;
    }

    private ServingError MissingInput(IReadOnlyList<Tensor> given, string missing) => ServingError.Invalid(
        $"expected {inputs.Length} inputs but got {given.Count} inputs for model '{metadata.Name}'. Got input(s) {Names(given.Select(t => t.Name))}, but missing required input(s) ['{missing}']. Please provide all required input(s).");

    private ServingError UnknownInput(IReadOnlyList<Tensor> given)
    {
        var unknown = given.First(t => !Array.Exists(inputs, i => i.Name == t.Name));
        return ServingError.Invalid($"unexpected inference input '{unknown.Name}' for model '{metadata.Name}'; it has {Names(inputs.Select(i => i.Name))}");
    }

    private static string Names(IEnumerable<string> names) => "[" + string.Join(", ", names.Select(n => $"'{n}'")) + "]";
}
