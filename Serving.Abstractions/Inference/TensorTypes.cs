namespace Serving.Inference;

/// <summary>Names and sizes of the element types.</summary>
public static class TensorTypes
{
    private static readonly string[] Names =
        ["", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"];

    private static readonly byte[] Sizes = [0, 1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 0];

    /// <summary>The protocol's name, such as <c>FP32</c>.</summary>
    public static string Name(this TensorType type) => Names[(int)type];

    /// <summary>Bytes per element; 0 for <see cref="TensorType.Bytes"/>, whose elements vary.</summary>
    public static int Size(this TensorType type) => Sizes[(int)type];

    public static bool TryParse(ReadOnlySpan<char> name, out TensorType type)
    {
        for (var i = 1; i < Names.Length; i++)
        {
            if (!name.SequenceEqual(Names[i])) continue;
            type = (TensorType)i;
            return true;
        }

        type = default;
        return false;
    }

    /// <summary>As <see cref="TryParse(ReadOnlySpan{char}, out TensorType)"/>, from ASCII as it stands on the wire.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out TensorType type)
    {
        Span<char> wide = stackalloc char[8];
        type = default;
        if (name.Length > wide.Length) return false;
        for (var i = 0; i < name.Length; i++) wide[i] = (char)name[i];
        return TryParse(wide[..name.Length], out type);
    }
}
