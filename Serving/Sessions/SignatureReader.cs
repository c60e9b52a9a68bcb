using Serving.Inference;
using Serving.Models;
using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>Reads what a loaded session takes and gives.</summary>
internal sealed unsafe class SignatureReader(OnnxRuntime runtime, nint session)
{
    private const int TensorKind = 1;
    private const int SequenceKind = 2;
    private const int MapKind = 3;

    private readonly OrtApi api = runtime.Api;

    public (SessionSignature Signature, string[] Inputs, OutputBinding[] Bindings, string[] NativeOutputs) Read()
    {
        nuint inputCount, outputCount;
        runtime.Check(api.SessionGetInputCount(session, &inputCount));
        runtime.Check(api.SessionGetOutputCount(session, &outputCount));

        var inputs = new TensorSignature[(int)inputCount];
        for (var i = 0; i < inputs.Length; i++)
        {
            byte* name;
            nint type;
            runtime.Check(api.SessionGetInputName(session, (nuint)i, runtime.Allocator, &name));
            var text = runtime.TakeText(name);
            runtime.Check(api.SessionGetInputTypeInfo(session, (nuint)i, &type));
            using var handle = new OrtHandle(type, api.ReleaseTypeInfo);
            if (Kind(type) != TensorKind)
                throw new OrtException(0, $"input '{text}' is not a tensor (a sequence, map or optional); the protocol can only send tensors");
            inputs[i] = ReadTensor(text, type);
        }

        var outputs = new List<TensorSignature>();
        var bindings = new List<OutputBinding>();
        var natives = new string[(int)outputCount];
        var rows = true;
        for (var i = 0; i < natives.Length; i++)
        {
            byte* name;
            nint type;
            runtime.Check(api.SessionGetOutputName(session, (nuint)i, runtime.Allocator, &name));
            natives[i] = runtime.TakeText(name);
            runtime.Check(api.SessionGetOutputTypeInfo(session, (nuint)i, &type));
            using var handle = new OrtHandle(type, api.ReleaseTypeInfo);
            rows &= AddOutput(natives[i], i, type, outputs, bindings);
        }

        return (new SessionSignature(inputs, outputs, rows), Array.ConvertAll(inputs, i => i.Name), [.. bindings], natives);
    }

    /// <summary>Adds what a native output comes out as; false when it has no rows.</summary>
    private bool AddOutput(string name, int native, nint type, List<TensorSignature> outputs, List<OutputBinding> bindings)
    {
        switch (Kind(type))
        {
            case TensorKind:
                outputs.Add(ReadTensor(name, type));
                bindings.Add(new OutputBinding(native, OutputForm.Tensor));
                return true;
            case MapKind:
                AddMap(name, native, type, [-1], outputs, bindings);
                return false;
            case SequenceKind:
                nint sequence, element;
                runtime.Check(api.CastTypeInfoToSequenceTypeInfo(type, &sequence));
                runtime.Check(api.GetSequenceElementType(sequence, &element));
                using (new OrtHandle(element, api.ReleaseTypeInfo))
                {
                    if (Kind(element) == MapKind)
                    {
                        AddMap(name, native, element, [-1, -1], outputs, bindings);
                        return true;
                    }

                    outputs.Add(ReadTensor(name, element));
                    bindings.Add(new OutputBinding(native, OutputForm.Sequence));
                    return false;
                }

            default:
                throw new OrtException(0, $"output '{name}' is neither a tensor, a sequence nor a map; the protocol cannot carry it");
        }
    }

    private void AddMap(string name, int native, nint type, long[] shape, List<TensorSignature> outputs, List<OutputBinding> bindings)
    {
        nint map, valueType;
        int key;
        runtime.Check(api.CastTypeInfoToMapTypeInfo(type, &map));
        runtime.Check(api.GetMapKeyType(map, &key));
        runtime.Check(api.GetMapValueType(map, &valueType));
        using var handle = new OrtHandle(valueType, api.ReleaseTypeInfo);
        if (Kind(valueType) != TensorKind)
            throw new OrtException(0, $"output '{name}' is a map of something other than tensors; the protocol cannot carry it");
        outputs.Add(new TensorSignature(name + ".keys", Type(name, key), shape));
        bindings.Add(new OutputBinding(native, OutputForm.MapKeys));
        outputs.Add(ReadTensor(name + ".values", valueType) with { Shape = shape });
        bindings.Add(new OutputBinding(native, OutputForm.MapValues));
    }

    private int Kind(nint type)
    {
        int kind;
        runtime.Check(api.GetOnnxTypeFromTypeInfo(type, &kind));
        return kind;
    }

    private TensorSignature ReadTensor(string name, nint type)
    {
        nint info;
        int element;
        nuint rank;
        runtime.Check(api.CastTypeInfoToTensorInfo(type, &info));
        if (info == 0) throw new OrtException(0, $"'{name}' is not a tensor; the protocol cannot carry it");
        runtime.Check(api.GetTensorElementType(info, &element));
        runtime.Check(api.GetDimensionsCount(info, &rank));
        var shape = new long[(int)rank];
        fixed (long* dimensions = shape) runtime.Check(api.GetDimensions(info, dimensions, rank));
        return new TensorSignature(name, Type(name, element), shape);
    }

    private static TensorType Type(string name, int element) => ElementTypes.TryFromOrt(element, out var type)
        ? type
        : throw new OrtException(0, $"'{name}' has an element type (ONNX number {element}) that the protocol has no name for");
}
