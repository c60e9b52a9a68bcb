using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>
/// Reads the <c>data</c> of a tensor of fixed-size elements: one flat array, or arrays nested evenly along the shape.
/// Elements past the destination's end are checked and counted but not kept, so that a mismatch can be told with both numbers.
/// </summary>
internal static class NumberArrayReader
{
    /// <summary>Arrays within each other: what remains below the body, the inputs and the input.</summary>
    private const int MaxDepth = JsonCursor.MaxDepth - 3;

    /// <summary>Elements that make it worth to have looked for a run.</summary>
    private const int WorthyRun = 2;

    /// <summary>Elements read one by one, at the most, before a run is looked for again.</summary>
    private const int LongestPause = 31;

    /// <param name="text">The JSON.</param>
    /// <param name="position">The opening bracket; on return the byte behind the array, or the one at fault.</param>
    /// <param name="destination">Where the elements go.</param>
    /// <param name="shape">The tensor's shape, which nested arrays must follow.</param>
    /// <param name="count">Elements read.</param>
    [SkipLocalsInit]
    public static DataFault Read<T, TFormat>(
        ReadOnlySpan<byte> text, ref int position, Span<T> destination, ReadOnlySpan<long> shape, out int count)
        where T : unmanaged
        where TFormat : struct, IElementFormat<T>
    {
        var nesting = new NestingCheck(stackalloc int[2 * (MaxDepth + 1)]);
        var at = position;
        count = 0;
        DataFault fault;
        while (true)
        {
            // An array opens here.
            if (!nesting.Open(count)) { fault = DataFault.TooDeep; break; }
            at = SkipSpace(text, at + 1);
            if (at == text.Length) { fault = DataFault.Malformed; break; }
            if (text[at] == (byte)'[') continue;
            if (text[at] != (byte)']')
            {
                fault = ReadRow<T, TFormat>(text, ref at, destination, ref count);
                if (fault != DataFault.None) break;
            }

            fault = CloseArrays(text, ref at, ref nesting, shape, count);
            if (fault != DataFault.None || nesting.IsClosed) break;
        }

        position = at;
        return fault;
    }

    /// <summary>Reads elements up to the bracket that closes their array.</summary>
    private static DataFault ReadRow<T, TFormat>(ReadOnlySpan<byte> text, ref int position, Span<T> destination, ref int count)
        where T : unmanaged
        where TFormat : struct, IElementFormat<T>
    {
        var (pause, left) = (0, 0);
        while (true)
        {
            var before = count;
            if (left > 0 || !TFormat.ReadRun(text, ref position, destination, ref count))
            {
                // Where runs end at once, as in front of exponents or lines, they are looked for ever less often.
                if (left > 0) left--;
                else left = pause = count - before < WorthyRun ? Math.Min(2 * pause + 1, LongestPause) : 0;
                position = SkipSpace(text, position);
                if ((uint)position < (uint)text.Length && text[position] == (byte)'[') return DataFault.Uneven;
                var fault = TFormat.Read(text, ref position, out var value);
                if (fault != DataFault.None) return fault;
                if ((uint)count < (uint)destination.Length) destination[count] = value;
                count++;
            }

            position = SkipSpace(text, position);
            if (position == text.Length) return DataFault.Malformed;
            if (text[position] == (byte)']') return DataFault.None;
            if (text[position] != (byte)',') return DataFault.Malformed;
            position = SkipSpace(text, position + 1);
            if (position == text.Length) return DataFault.Malformed;
        }
    }

    /// <summary>Closes the array whose closing bracket is at the position, and those around it that end with it.</summary>
    private static DataFault CloseArrays(
        ReadOnlySpan<byte> text, ref int position, ref NestingCheck nesting, ReadOnlySpan<long> shape, int count)
    {
        while (true)
        {
            if (!nesting.Close(count, shape)) return DataFault.Uneven;
            position++;
            if (nesting.IsClosed) return DataFault.None;
            position = SkipSpace(text, position);
            if (position == text.Length) return DataFault.Malformed;
            if (text[position] == (byte)']') continue;
            if (text[position] != (byte)',') return DataFault.Malformed;
            position = SkipSpace(text, position + 1);
            if (position == text.Length) return DataFault.Malformed;
            if (text[position] == (byte)'[') return DataFault.None;
            return text[position] == (byte)']' ? DataFault.Malformed : DataFault.Uneven;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SkipSpace(ReadOnlySpan<byte> text, int position) =>
        (uint)position < (uint)text.Length && text[position] > (byte)' ' ? position : SkipSpaces(text, position);

    private static int SkipSpaces(ReadOnlySpan<byte> text, int position)
    {
        while ((uint)position < (uint)text.Length && text[position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            position++;
        return position;
    }
}
