using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>
/// Reads a tensor's <c>data</c> from JSON straight into tensor memory. What is rented follows the text that is there, not the
/// elements that the shape claims: an element takes two bytes of JSON at least.
/// </summary>
internal static class TensorDataReader
{
    /// <summary>Visible ASCII that does not end an element.</summary>
    private static readonly SearchValues<byte> Shown =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (byte)c).Except(",]}"u8.ToArray())]);

    /// <param name="state">At the value of <c>data</c>; on success behind it.</param>
    /// <param name="path">The input's <c>data</c>, for sentences.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The shape, checked.</param>
    /// <param name="data">All elements.</param>
    public static bool Read(
        ref BodyState state, FieldPath path, TensorType type, long[] shape, out ReadOnlyMemory<byte> data) => type switch
    {
        TensorType.Bool => Read<byte, BoolFormat>(ref state, path, type, shape, out data),
        TensorType.UInt8 => ReadIntegers<byte>(ref state, path, type, shape, out data),
        TensorType.UInt16 => ReadIntegers<ushort>(ref state, path, type, shape, out data),
        TensorType.UInt32 => ReadIntegers<uint>(ref state, path, type, shape, out data),
        TensorType.UInt64 => ReadIntegers<ulong>(ref state, path, type, shape, out data),
        TensorType.Int8 => ReadIntegers<sbyte>(ref state, path, type, shape, out data),
        TensorType.Int16 => ReadIntegers<short>(ref state, path, type, shape, out data),
        TensorType.Int32 => ReadIntegers<int>(ref state, path, type, shape, out data),
        TensorType.Int64 => ReadIntegers<long>(ref state, path, type, shape, out data),
        TensorType.Fp16 => Read<Half, Fp16Format>(ref state, path, type, shape, out data),
        TensorType.Bf16 => Read<ushort, Bf16Format>(ref state, path, type, shape, out data),
        TensorType.Fp32 => Read<float, Fp32Format>(ref state, path, type, shape, out data),
        TensorType.Fp64 => Read<double, Fp64Format>(ref state, path, type, shape, out data),
        _ => BytesArrayReader.Read(ref state, path, shape, out data),
    };

    private static bool ReadIntegers<T>(
        ref BodyState state, FieldPath path, TensorType type, long[] shape, out ReadOnlyMemory<byte> data)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        Read<T, IntegerFormat<T>>(ref state, path, type, shape, out data);

    private static bool Read<T, TFormat>(
        ref BodyState state, FieldPath path, TensorType type, long[] shape, out ReadOnlyMemory<byte> data)
        where T : unmanaged
        where TFormat : struct, IElementFormat<T>
    {
        data = default;
        ref var cursor = ref state.Cursor;
        var start = cursor.Peek();
        var expected = TensorShape.ElementCount(shape);
        var room = (int)Math.Min(expected, (cursor.Text.Length - cursor.Position) / 2 + 1);
        var size = Unsafe.SizeOf<T>();
        if ((long)room * size > Array.MaxLength) return state.Invalid($"{path} has more bytes than a tensor can hold");
        var memory = room == 0 ? default : state.Rent(room * size);
        var elements = MemoryMarshal.Cast<byte, T>(memory.Span);

        int count;
        DataFault fault;
        if (start == (byte)'[')
        {
            fault = NumberArrayReader.Read<T, TFormat>(cursor.Text, ref cursor.Position, elements, shape, out count);
        }
        else
        {
            // A scalar may stand without brackets.
            fault = TFormat.Read(cursor.Text, ref cursor.Position, out var value);
            if (!elements.IsEmpty) elements[0] = value;
            count = 1;
        }

        if (fault != DataFault.None) return Fail(ref state, path, type, shape, fault, count);
        if (count != expected) return Mismatch(ref state, path, shape, expected, count);
        data = memory;
        return true;
    }

    public static bool Mismatch(ref BodyState state, FieldPath path, long[] shape, long expected, int count) =>
        state.Invalid($"{path} has {count} elements, but shape {TensorShape.Format(shape)} needs {expected}");

    public static bool Fail(ref BodyState state, FieldPath path, TensorType type, long[] shape, DataFault fault, int index)
    {
        ref var cursor = ref state.Cursor;
        if (fault == DataFault.Malformed) return cursor.Fail($"a valid element of {path}, ',' or ']'");
        var element = Excerpt(cursor.Text[cursor.Position..]);
        return state.Invalid(fault switch
        {
            DataFault.NotFinite => $"{path}[{index}] is {element}, which JSON cannot carry; send the input as binary data",
            DataFault.OutOfRange => $"{path}[{index}] is {element}, which is outside the range of {type.Name()}",
            DataFault.NotIntegral => $"{path}[{index}] is {element}, but {type.Name()} holds whole numbers",
            DataFault.NotUnicode => $"{path}[{index}] is not valid Unicode text; send the input as binary data",
            DataFault.TooDeep => $"{path} has more levels of nesting than {JsonCursor.MaxDepth}",
            DataFault.Uneven =>
                $"{path} is nested otherwise than shape {TensorShape.Format(shape)}: after element {index} the arrays differ",
            _ => $"{path}[{index}] is {element}, which is no {type.Name()}",
        });
    }

    /// <summary>The beginning of a value, as far as it can be shown in a sentence.</summary>
    internal static string Excerpt(ReadOnlySpan<byte> text)
    {
        const int Longest = 32;
        Span<char> shown = stackalloc char[Longest];
        var end = text.IndexOfAnyExcept(Shown);
        var length = Math.Min(end < 0 ? text.Length : end, Longest);
        for (var i = 0; i < length; i++) shown[i] = (char)text[i];
        return length == Longest ? $"{shown}…" : shown[..length].ToString();
    }
}
