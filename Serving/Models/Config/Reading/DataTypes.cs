using Serving.Inference;

namespace Serving.Models.Config.Reading;

/// <summary>ModelConfig's numbers for element types, which are in another order than ours.</summary>
internal static class DataTypes
{
    // By the number in the proto; 0 is TYPE_INVALID, which stands for "not said".
    private static readonly TensorType[] ByNumber =
    [
        default, TensorType.Bool, TensorType.UInt8, TensorType.UInt16, TensorType.UInt32, TensorType.UInt64,
        TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Fp16, TensorType.Fp32,
        TensorType.Fp64, TensorType.Bytes, TensorType.Bf16,
    ];

    public static TensorType FromNumber(int number) => ByNumber[number];

    /// <summary>The number by which <see cref="Schema.ModelConfigSchema.DataType"/> has the type's name.</summary>
    public static int ToNumber(TensorType type) => Array.IndexOf(ByNumber, type);
}
