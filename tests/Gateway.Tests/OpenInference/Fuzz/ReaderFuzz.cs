using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>
/// Feeds mutated bodies to the reader and checks what must hold of every one: no exception; an error is a sentence of bad
/// input; a tensor has the bytes that its shape and type need; what is accepted is JSON, what is called none is none; the
/// segments do not show; memory follows the body's length.
/// </summary>
internal sealed class ReaderFuzz(ulong seed)
{
    private static readonly ModelMetadata Signature = new()
    {
        Name = "m", Version = "1", Versions = ["1"], Platform = "onnxruntime_onnx", Outputs = [], MaxBatchSize = 4,
        Inputs = [new TensorSignature("only", TensorType.Fp32, [-1, -1])],
    };

    private const string NotJson = "the request body is not valid JSON";

    private readonly FuzzRandom random = new(seed);
    private readonly InferenceBodyReader reader = new(ReadLimits.Default, new NameTable(256), new TensorPool(1 << 20));

    /// <summary>Keeps nothing, so that what it hands out shows as allocated.</summary>
    private readonly InferenceBodyReader allocating = new(ReadLimits.Default, new NameTable(16), new TensorPool(0));

    /// <summary>Bodies that were accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Null when all holds, else the first body for which something does not.</summary>
    public string? Run(long count, Action<long>? progress = null)
    {
        var mutator = new BodyMutator(random);
        for (var done = 0L; done < count; done++)
        {
            mutator.MakeNext();
            string? fault;
            try
            {
                fault = Check(mutator.Bytes, mutator.Length, mutator.HeaderLength, done);
            }
            catch (Exception exception)
            {
                fault = exception.ToString();
            }

            if (fault is not null)
            {
                var body = Convert.ToBase64String(mutator.Bytes.AsSpan(0, mutator.Length));
                return $"{fault}\nseed {seed}, input {done}, header {mutator.HeaderLength}: {body}";
            }

            if ((done & 0xFFFFF) == 0) progress?.Invoke(done);
        }

        return null;
    }

    private string? Check(byte[] bytes, int length, long? header, long number)
    {
        var whole = new ReadOnlySequence<byte>(bytes, 0, length);
        var refer = (number & 1) == 0;
        var outcome = reader.Read(whole, header, "m", Signature, refer);
        var judged = outcome.Error is { } error ? CheckError(error) : CheckTensors(outcome.Value);
        if (judged is not null) return judged;
        if (outcome.IsSuccess) Accepted++;
        if ((number & 15) == 0 && header != 0 && CheckJson(outcome, bytes, header ?? length) is { } verdict) return verdict;

        string? difference = null;
        if ((number & 3) == 0) difference = CheckSegments(bytes, length, header, outcome, refer);
        else if ((number & 63) == 1) difference = CheckMemory(whole, header);
        if (outcome.IsSuccess) outcome.Value.Dispose();
        return difference;
    }

    private static string? CheckError(ServingError error) =>
        error.Code == ErrorCode.InvalidRequest && error.Message.Length is > 0 and < 4000 ? null : $"no sentence of bad input: {error}";

    private static string? CheckJson(Outcome<ParsedInference> outcome, byte[] bytes, long length)
    {
        if (outcome.IsSuccess)
            return JsonFault(bytes.AsSpan(0, (int)length)) is { } fault ? $"what is no JSON was accepted: {fault}" : null;
        return outcome.Error!.Message.StartsWith(NotJson, StringComparison.Ordinal) && JsonFault(bytes.AsSpan(0, (int)length)) is null
            ? $"JSON was refused: {outcome.Error.Message}"
            : null;
    }

    private static string? CheckTensors(ParsedInference parsed)
    {
        foreach (var tensor in parsed.Inputs)
        {
            if (!TensorShape.TryElementCount(tensor.Shape, out var count)) return $"{tensor.Name} has a shape that cannot be";
            var fits = tensor.Type == TensorType.Bytes
                ? CountElements(tensor.Data.Span) == count
                : tensor.Data.Length == count * tensor.Type.Size();
            if (!fits) return $"{tensor.Name} has {tensor.Data.Length} bytes for {count} elements of {tensor.Type}";
        }

        return null;
    }

    private static long CountElements(ReadOnlySpan<byte> data)
    {
        var count = 0L;
        for (; !data.IsEmpty; count++)
        {
            if (data.Length < 4) return -1;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(data);
            if (length > data.Length - 4) return -1;
            data = data[(4 + (int)length)..];
        }

        return count;
    }

    /// <summary>What the library's reader finds wrong with the text.</summary>
    private static string? JsonFault(ReadOnlySpan<byte> json)
    {
        try
        {
            var library = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonCursor.MaxDepth });
            while (library.Read())
            {
            }

            return null;
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
    }

    private string? CheckSegments(byte[] bytes, int length, long? header, Outcome<ParsedInference> whole, bool refer)
    {
        var body = FuzzSegment.Cut(bytes.AsMemory(0, length), random);
        var cut = reader.Read(body, header, "m", Signature, refer);
        if (cut.Error?.Message != whole.Error?.Message)
            return $"in segments: {cut.Error?.Message}; whole: {whole.Error?.Message}";
        if (!cut.IsSuccess) return null;
        using var parsed = cut.Value;
        for (var i = 0; i < parsed.Inputs.Length; i++)
        {
            var (one, other) = (parsed.Inputs[i], whole.Value.Inputs[i]);
            var same = one.Name == other.Name && one.Type == other.Type
                && one.Shape.AsSpan().SequenceEqual(other.Shape) && one.Data.Span.SequenceEqual(other.Data.Span);
            if (!same) return $"in segments input {i} reads otherwise";
        }

        return null;
    }

    /// <summary>
    /// A byte of JSON makes at most four of tensor (BYTES need fewer), which the pool may double; an input adds a block's least
    /// size, and an error its sentence.
    /// </summary>
    private string? CheckMemory(in ReadOnlySequence<byte> body, long? header)
    {
        const int PerByte = 8;
        const int Fixed = 16 * 1024;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = allocating.Read(body, header, "m", Signature, false);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (outcome.IsSuccess) outcome.Value.Dispose();
        if (allocated <= body.Length * PerByte + Fixed) return null;
        return $"{allocated} bytes were allocated for a body of {body.Length}";
    }
}
