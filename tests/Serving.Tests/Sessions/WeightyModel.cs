using System.Text;

namespace Serving.Tests.Sessions;

/// <summary>Writes a model <c>y = x · w</c> whose weights are as large as one likes: [N,rows] to [N,columns], FP32, all zero.</summary>
internal static class WeightyModel
{
    private const int Varint = 0;
    private const int Bytes = 2;
    private const int Float = 1;

    public static void Write(string path, int rows, int columns)
    {
        byte[] node = [.. Text(1, "x"), .. Text(1, "w"), .. Text(2, "y"), .. Text(4, "MatMul")];
        byte[] weights = [.. Number(1, rows), .. Number(1, columns), .. Number(2, Float), .. Text(8, "w"), .. Field(9, new byte[rows * columns * sizeof(float)])];
        byte[] graph = [.. Field(1, node), .. Text(2, "weighty"), .. Field(5, weights), .. Field(11, Value("x", rows)), .. Field(12, Value("y", columns))];
        byte[] opset = Number(2, 13);
        File.WriteAllBytes(path, [.. Number(1, 7), .. Field(7, graph), .. Field(8, opset)]);
    }

    private static byte[] Value(string name, int columns)
    {
        byte[] shape = [.. Field(1, Text(2, "N")), .. Field(1, Number(1, columns))];
        return [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, Float), .. Field(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Field(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int field, byte[] content) => [.. Encode(field << 3 | Bytes), .. Encode(content.Length), .. content];

    private static byte[] Number(int field, long value) => [.. Encode(field << 3 | Varint), .. Encode(value)];

    private static byte[] Encode(long value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
