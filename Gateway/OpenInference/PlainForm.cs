using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.OpenInference;

/// <summary>
/// How a plain number of up to 16 bytes is read, by its length and where its point is. Looked up and not branched on: lengths in real data
/// vary, and a branch guessed wrong costs more than the whole arithmetic.
/// </summary>
internal readonly ref struct PlainForm
{
    private const int Longest = 16;

    /// <summary>Bytes of a row: where each of the 16 digits comes from, the scale, and room to a power of two.</summary>
    private const int Row = 32;

    private static readonly byte[] Rows = MakeRows();

    private readonly ref byte row;

    /// <param name="length">Its bytes, without a minus, 16 at the most.</param>
    /// <param name="whole">Digits in front of its point; without a point all. More than its length where the point comes later.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlainForm(nuint length, nuint whole) =>
        row = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Rows), ((length << 4) + whole) * Row);

    /// <summary>The power of ten that its digits as an integer are multiplied with; no number where that is not known.</summary>
    public double Scale => Unsafe.ReadUnaligned<double>(ref Unsafe.Add(ref row, Longest));

    /// <summary>16 digits, zeros before them.</summary>
    /// <param name="text">16 bytes, the number at their end.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<byte> Digits(ref byte text) =>
        Ssse3.Shuffle(Vector128.LoadUnsafe(ref text) - Vector128.Create((byte)'0'), Vector128.LoadUnsafe(ref row));

    private static byte[] MakeRows()
    {
        var rows = new byte[((Longest << 4) + PlainBlock.Length) * Row];
        for (var form = Longest << 4; form < rows.Length / Row; form++) BitConverter.TryWriteBytes(rows.AsSpan(form * Row + Longest), double.NaN);
        for (var length = 0; length <= Longest; length++)
        {
            for (var whole = 0; whole <= length; whole++) Fill(rows.AsSpan(((length << 4) + whole) * Row, Row), length, whole);
        }

        return rows;
    }

    private static void Fill(Span<byte> row, int length, int whole)
    {
        const byte Zero = 0x80;
        var digits = whole == length ? length : length - 1;
        row[..(Longest - digits)].Fill(Zero);
        for (var i = 0; i < digits; i++) row[Longest - digits + i] = (byte)(Longest - length + (i < whole ? i : i + 1));
        BitConverter.TryWriteBytes(row[Longest..], NearestFloat.Power(whole - digits));
    }
}
