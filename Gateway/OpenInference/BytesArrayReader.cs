using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>Reads the <c>data</c> of a BYTES tensor: JSON strings become a 4-byte length and their UTF-8 each.</summary>
internal static class BytesArrayReader
{
    private const int Prefix = 4;

    public static bool Read(ref BodyState state, FieldPath path, long[] shape, out ReadOnlyMemory<byte> data)
    {
        data = default;
        ref var cursor = ref state.Cursor;
        cursor.Peek();
        var start = cursor.Position;
        if (!cursor.Skip(depth: 3)) return false;

        // An element takes three bytes of JSON at least (quotes, comma) and one more than that here.
        var extent = cursor.Position - start;
        var room = extent + extent / 3L + Prefix;
        if (room > Array.MaxLength) return state.Invalid($"{path} has more bytes than a tensor can hold");
        var expected = TensorShape.ElementCount(shape);
        var memory = expected == 0 ? default : state.Rent((int)room);
        var writer = new ElementWriter(memory.Span, expected);

        cursor.Position = start;
        var fault = cursor.Peek() == (byte)'[' ? ReadArrays(ref cursor, ref writer, shape) : writer.Read(ref cursor);
        if (fault != DataFault.None) return TensorDataReader.Fail(ref state, path, TensorType.Bytes, shape, fault, writer.Count);
        if (writer.Count != expected) return TensorDataReader.Mismatch(ref state, path, shape, expected, writer.Count);
        data = memory[..writer.Written];
        return true;
    }

    /// <summary>Walks arrays that <see cref="JsonCursor.Skip"/> has found well-formed.</summary>
    [SkipLocalsInit]
    private static DataFault ReadArrays(ref JsonCursor cursor, ref ElementWriter writer, ReadOnlySpan<long> shape)
    {
        var nesting = new NestingCheck(stackalloc int[2 * JsonCursor.MaxDepth]);
        var afterArray = false;
        var afterElement = false;
        do
        {
            switch (cursor.Peek())
            {
                case (byte)'[':
                    if (afterElement) return DataFault.Uneven;
                    if (!nesting.Open(writer.Count)) return DataFault.TooDeep;
                    cursor.Position++;
                    afterArray = false;
                    break;
                case (byte)']':
                    if (!nesting.Close(writer.Count, shape)) return DataFault.Uneven;
                    cursor.Position++;
                    afterArray = true;
                    afterElement = false;
                    break;
                case (byte)',':
                    cursor.Position++;
                    break;
                default:
                    if (afterArray) return DataFault.Uneven;
                    var fault = writer.Read(ref cursor);
                    if (fault != DataFault.None) return fault;
                    afterElement = true;
                    break;
            }
        }
        while (!nesting.IsClosed);
        return DataFault.None;
    }

    private ref struct ElementWriter(Span<byte> memory, long expected)
    {
        private readonly Span<byte> memory = memory;

        public int Count { get; private set; }

        public int Written { get; private set; }

        public DataFault Read(ref JsonCursor cursor)
        {
            var start = cursor.Position;
            if (cursor.Peek() != (byte)'"') return DataFault.WrongKind;
            cursor.TakeString(out var raw, out var escaped);
            if (Count++ >= expected) return DataFault.None;

            var element = memory[(Written + Prefix)..];
            var length = raw.Length;
            if (!escaped) raw.CopyTo(element);
            if (escaped ? !JsonText.TryUnescape(raw, element, out length) : !Utf8.IsValid(raw))
            {
                Count--;
                cursor.Position = start;
                return DataFault.NotUnicode;
            }

            BinaryPrimitives.WriteInt32LittleEndian(memory[Written..], length);
            Written += Prefix + length;
            return DataFault.None;
        }
    }
}
