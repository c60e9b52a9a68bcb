using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>
/// Reads floats in a row for as long as they are plain: <see cref="IElementFormat{T}.ReadRun"/> of every float type. All else, and any
/// other processor, is left to <see cref="DecimalNumber"/>.
/// </summary>
internal static class PlainRun
{
    /// <summary>Bytes before a block that are looked at.</summary>
    public const int Reach = 16;

    [SkipLocalsInit]
    public static bool Read<T, TReader>(ReadOnlySpan<byte> text, ref int position, Span<T> destination, ref int count)
        where T : unmanaged
        where TReader : struct, IPlainReader<T>
    {
        if (!PlainBlock.IsSupported || position < Reach) return false;
        Unsafe.SkipInit(out Padded padded);
        while (count < destination.Length)
        {
            scoped ref var bytes = ref Unsafe.Add(ref MemoryMarshal.GetReference(text), position);
            if (text.Length - position < PlainBlock.Length) bytes = ref padded.Hold(text[(position - Reach)..]);
            var block = new PlainBlock(ref bytes);
            if (block.Ends == 0) return false;
            var read = TReader.Read(ref bytes, block, destination[count..], out var last);
            if (read == 0) return false;
            count += read;
            position += last;
            if ((block.Commas >> last & 1) == 0) return true;
            position++;
        }

        return false;
    }

    /// <summary>The last block of a text, zeros behind it.</summary>
    [StructLayout(LayoutKind.Sequential, Size = Bytes)]
    private struct Padded
    {
        private const int Bytes = Reach + PlainBlock.Length;

        private byte first;

        [UnscopedRef]
        public ref byte Hold(ReadOnlySpan<byte> rest)
        {
            var bytes = MemoryMarshal.CreateSpan(ref first, Bytes);
            bytes[Reach..].Clear();
            rest.CopyTo(bytes);
            return ref bytes[Reach];
        }
    }
}
