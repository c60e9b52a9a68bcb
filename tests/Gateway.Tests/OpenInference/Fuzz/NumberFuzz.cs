using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.OpenInference;

namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>Compares the reader of FP32 and FP64 data, bit by bit, with the library's parser.</summary>
internal static class NumberFuzz
{
    private const int RowLength = 64;

    /// <summary>Reads so many numbers, each as both types. Null when all agree, else the first that does not.</summary>
    public static string? Run(long count, ulong seed, Action<long>? progress = null)
    {
        var random = new FuzzRandom(seed);
        var texts = new NumberTexts(random);
        var row = new byte[RowLength * (NumberTexts.Longest + 64) + 64];
        var starts = new Range[RowLength];
        for (var done = 0L; done < count; done += RowLength)
        {
            var length = WriteRow(random, texts, row, starts);
            var text = row.AsSpan(0, length);
            if (Check<float, Fp32Format>(text, starts, Parse32) is { } fault32) return fault32;
            if (Check<double, Fp64Format>(text, starts, Parse64) is { } fault64) return fault64;
            if ((done & 0xFFFFF) == 0) progress?.Invoke(done);
        }

        return null;
    }

    private static int WriteRow(FuzzRandom random, NumberTexts texts, byte[] row, Range[] starts)
    {
        var length = 0;
        row[length++] = (byte)'[';
        for (var i = 0; i < RowLength; i++)
        {
            if (i > 0) row[length++] = (byte)',';
            if (random.OneIn(4)) row[length++] = (byte)' ';
            for (; random.OneIn(32);) row[length++] = (byte)"\n\t\r "[random.Below(4)];
            var start = length;
            length += texts.Write(row.AsSpan(length));
            starts[i] = start..length;
            for (; random.OneIn(32);) row[length++] = (byte)"\n\t\r "[random.Below(4)];
        }

        row[length++] = (byte)']';

        // What follows decides how close to the end the numbers are, and so which way they are read.
        for (var rest = random.Below(48); rest > 0; rest--) row[length++] = (byte)'}';
        return length;
    }

    /// <summary>Reads the row again from behind each number that the type cannot hold.</summary>
    private static string? Check<T, TFormat>(Span<byte> text, Range[] starts, Parse<T> parse)
        where T : unmanaged, IEquatable<T>
        where TFormat : struct, IElementFormat<T>
    {
        Span<T> values = stackalloc T[RowLength];
        for (var first = 0; first < starts.Length;)
        {
            // Behind a comma or a blank, the text is made into an array of its own.
            var position = starts[first].Start.Value - 1;
            var before = text[position];
            text[position] = (byte)'[';
            var fault = NumberArrayReader.Read<T, TFormat>(text, ref position, values, [RowLength], out var count);
            text[starts[first].Start.Value - 1] = before;
            for (var i = 0; i < count; i++)
            {
                var number = text[starts[first + i]];
                var (expected, fits) = parse(number);
                if (!fits || !BitsEqual(values[i], expected))
                    return $"{typeof(T).Name}: {Encoding.ASCII.GetString(number)} was read as {values[i]}, not {expected}";
            }

            first += count;
            if (fault == DataFault.None && first == starts.Length) return null;
            var next = text[starts[first]];
            if (fault != DataFault.OutOfRange || parse(next).Fits)
                return $"{typeof(T).Name}: {Encoding.ASCII.GetString(next)} was refused: {fault}";
            first++;
        }

        return null;
    }

    private delegate (T Value, bool Fits) Parse<T>(ReadOnlySpan<byte> text);

    private static bool BitsEqual<T>(T left, T right)
        where T : unmanaged =>
        MemoryMarshal.AsBytes([left]).SequenceEqual(MemoryMarshal.AsBytes([right]));

    private static (float Value, bool Fits) Parse32(ReadOnlySpan<byte> text)
    {
        var value = float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return (value, float.IsFinite(value));
    }

    private static (double Value, bool Fits) Parse64(ReadOnlySpan<byte> text)
    {
        var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return (value, double.IsFinite(value));
    }
}
