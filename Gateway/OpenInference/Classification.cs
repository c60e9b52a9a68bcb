using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.OpenInference;

/// <summary>
/// The classification extension: in an output's stead its highest values, best first, as BYTES <c>value:index[:label]</c>.
/// Of equal values the lower index comes first; NaN comes last.
/// </summary>
internal static class Classification
{
    /// <summary>The answer's outputs with every classification applied that the request asked for.</summary>
    public static bool TryApply(
        IModelCatalog models, ParsedInference request, InferenceResponse answer,
        [NotNullWhen(true)] out IReadOnlyList<Tensor>? outputs, [NotNullWhen(false)] out ServingError? error)
    {
        (outputs, error) = (answer.Outputs, null);
        for (var i = 0; i < request.Outputs.Length; i++)
        {
            if (request.Forms[i].Classes == 0) continue;
            return models.GetMetadata(answer.Model, answer.Version).TryGetValue(out var signature, out error)
                && TryApply(answer.Outputs, request.Forms, signature, out outputs, out error);
        }

        return true;
    }

    /// <summary>Applies every classification that was asked for; the list itself when there is none.</summary>
    public static bool TryApply(
        IReadOnlyList<Tensor> outputs, in OutputForms forms, ModelMetadata signature,
        [NotNullWhen(true)] out IReadOnlyList<Tensor>? answer, [NotNullWhen(false)] out ServingError? error)
    {
        answer = null;
        error = null;
        Tensor[]? replaced = null;
        for (var i = 0; i < outputs.Count; i++)
        {
            var classes = forms[i].Classes;
            if (classes == 0) continue;
            var labels = Labels(signature, outputs[i].Name);
            if (!Apply(outputs[i], classes, labels, signature.MaxBatchSize > 0).TryGetValue(out var best, out var fault))
            {
                error = fault;
                return false;
            }

            replaced ??= [.. outputs];
            replaced[i] = best;
        }

        answer = replaced ?? outputs;
        return true;
    }

    private static IReadOnlyList<string>? Labels(ModelMetadata signature, string output)
    {
        foreach (var candidate in signature.Outputs)
            if (candidate.Name == output) return candidate.Labels;
        return null;
    }

    /// <param name="output">A tensor of numbers.</param>
    /// <param name="classes">How many classes to name, at least 1; clipped to those there are.</param>
    /// <param name="labels">The classes' names by index; null, or too short, leaves the name out.</param>
    /// <param name="batched">The first dimension counts rows, each with classes of its own.</param>
    /// <returns>A BYTES tensor of shape <c>[n]</c>, or <c>[rows, n]</c> when batched.</returns>
    public static Outcome<Tensor> Apply(Tensor output, int classes, IReadOnlyList<string>? labels, bool batched)
    {
        var data = output.Data.Span;
        return output.Type switch
        {
            TensorType.UInt8 => Rank(output, data, classes, labels, batched),
            TensorType.UInt16 => Rank(output, MemoryMarshal.Cast<byte, ushort>(data), classes, labels, batched),
            TensorType.UInt32 => Rank(output, MemoryMarshal.Cast<byte, uint>(data), classes, labels, batched),
            TensorType.UInt64 => Rank(output, MemoryMarshal.Cast<byte, ulong>(data), classes, labels, batched),
            TensorType.Int8 => Rank(output, MemoryMarshal.Cast<byte, sbyte>(data), classes, labels, batched),
            TensorType.Int16 => Rank(output, MemoryMarshal.Cast<byte, short>(data), classes, labels, batched),
            TensorType.Int32 => Rank(output, MemoryMarshal.Cast<byte, int>(data), classes, labels, batched),
            TensorType.Int64 => Rank(output, MemoryMarshal.Cast<byte, long>(data), classes, labels, batched),
            TensorType.Fp16 => Rank(output, MemoryMarshal.Cast<byte, Half>(data), classes, labels, batched),
            TensorType.Bf16 => Rank<float>(output, BFloat.ToSingles(data), classes, labels, batched),
            TensorType.Fp32 => Rank(output, MemoryMarshal.Cast<byte, float>(data), classes, labels, batched),
            TensorType.Fp64 => Rank(output, MemoryMarshal.Cast<byte, double>(data), classes, labels, batched),
            _ => ServingError.Invalid(
                $"output '{output.Name}' is {output.Type.Name()}; only numbers can be asked for by classification"),
        };
    }

    private static Tensor Rank<T>(Tensor output, ReadOnlySpan<T> values, int classes, IReadOnlyList<string>? labels, bool batched)
        where T : unmanaged, INumber<T>
    {
        var rows = batched && output.Shape.Length > 0 ? (int)output.Shape[0] : 1;
        var width = rows == 0 ? 0 : values.Length / rows;
        classes = Math.Min(classes, width);
        var written = new ArrayBufferWriter<byte>(Math.Max(16, rows * classes * 24));
        var order = new int[width];
        for (var row = 0; row < rows; row++)
        {
            var scores = values.Slice(row * width, width).ToArray();
            for (var i = 0; i < width; i++) order[i] = i;
            order.AsSpan().Sort(new BestFirst<T>(scores));
            foreach (var index in order.AsSpan(0, classes))
                Append(written, scores[index], index, labels is not null && index < labels.Count ? labels[index] : null);
        }

        long[] shape = batched && output.Shape.Length > 0 ? [rows, classes] : [classes];
        return new Tensor(output.Name, TensorType.Bytes, shape, written.WrittenMemory);
    }

    private static void Append<T>(ArrayBufferWriter<byte> written, T value, int index, string? label)
        where T : INumber<T>
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{value}:{index}");
        if (label is not null) text = $"{text}:{label}";
        var length = Encoding.UTF8.GetByteCount(text);
        var room = written.GetSpan(4 + length);
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        Encoding.UTF8.GetBytes(text, room[4..]);
        written.Advance(4 + length);
    }

    private sealed class BestFirst<T>(T[] scores) : IComparer<int>
        where T : INumber<T>
    {
        // CompareTo puts NaN below every number.
        public int Compare(int left, int right)
        {
            var byScore = scores[right].CompareTo(scores[left]);
            return byScore != 0 ? byScore : left.CompareTo(right);
        }
    }
}
