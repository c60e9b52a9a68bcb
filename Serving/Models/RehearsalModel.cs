namespace Serving.Models;

/// <summary>A model of a few bytes for requests that are only rehearsed: a Relu from <c>x</c> to <c>y</c>, FP32 [N, 4] both.</summary>
internal static class RehearsalModel
{
    /// <summary>As a file of it would be: graph, input, output, operator set 13.</summary>
    public static ReadOnlySpan<byte> Bytes =>
        "\u0008\u0007:E\n\u000c\n\u0001x\u0012\u0001y\"\u0004Relu\u0012\trehearsal"u8 +
        "Z\u0014\n\u0001x\u0012\u000f\n\r\u0008\u0001\u0012\t\n\u0003\u0012\u0001N\n\u0002\u0008\u0004"u8 +
        "b\u0014\n\u0001y\u0012\u000f\n\r\u0008\u0001\u0012\t\n\u0003\u0012\u0001N\n\u0002\u0008\u0004"u8 +
        "B\u0004\n\0\u0010\r"u8;
}
