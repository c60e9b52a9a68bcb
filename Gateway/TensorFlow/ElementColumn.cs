using Gateway.OpenInference;
using Serving.Inference;

namespace Gateway.TensorFlow;

/// <summary>
/// The elements of one tensor in the making, in the order they come. How many there will be is known only at the end, so the
/// memory, which belongs to the request's lease, doubles as they come: it follows what was sent.
/// </summary>
internal abstract class ElementColumn
{
    private const int Smallest = 256;

    /// <summary>Elements read so far.</summary>
    public int Count { get; protected set; }

    /// <summary>All elements, as a tensor holds them.</summary>
    public ReadOnlyMemory<byte> Data => Block[..Written];

    protected Memory<byte> Block { get; private set; }

    protected int Written { get; set; }

    public static ElementColumn Of(TensorType type) => type switch
    {
        TensorType.Bool => new NumberColumn<byte, BoolFormat>(),
        TensorType.UInt8 => new NumberColumn<byte, IntegerFormat<byte>>(),
        TensorType.UInt16 => new NumberColumn<ushort, IntegerFormat<ushort>>(),
        TensorType.UInt32 => new NumberColumn<uint, IntegerFormat<uint>>(),
        TensorType.UInt64 => new NumberColumn<ulong, IntegerFormat<ulong>>(),
        TensorType.Int8 => new NumberColumn<sbyte, IntegerFormat<sbyte>>(),
        TensorType.Int16 => new NumberColumn<short, IntegerFormat<short>>(),
        TensorType.Int32 => new NumberColumn<int, IntegerFormat<int>>(),
        TensorType.Int64 => new NumberColumn<long, IntegerFormat<long>>(),
        TensorType.Fp16 => new NumberColumn<Half, Fp16Format>(),
        TensorType.Bf16 => new NumberColumn<ushort, Bf16Format>(),
        TensorType.Fp32 => new NumberColumn<float, Fp32Format>(),
        TensorType.Fp64 => new NumberColumn<double, Fp64Format>(),
        _ => new BytesColumn(),
    };

    /// <summary>Reads the element at the cursor and steps over it; on a fault the cursor stays at it.</summary>
    public abstract DataFault Read(ref BodyState state);

    /// <summary>Makes room behind what is written. False past what a tensor can hold.</summary>
    protected bool Reserve(ref BodyState state, int length)
    {
        if (Block.Length - Written >= length) return true;
        var needed = (long)Written + length;
        if (needed > Array.MaxLength) return false;
        var larger = state.Rent((int)Math.Min(Array.MaxLength, Math.Max(Math.Max(needed, 2L * Block.Length), Smallest)));
        Block.Span[..Written].CopyTo(larger.Span);
        Block = larger;
        return true;
    }
}
