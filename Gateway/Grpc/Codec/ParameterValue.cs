using System.Globalization;
using Gateway.OpenInference;

namespace Gateway.Grpc.Codec;

/// <summary>An InferParameter: one value of one of five kinds, or none.</summary>
internal struct ParameterValue
{
    private string? text;
    private ulong bits;

    public ParameterChoice Choice { get; private set; }

    public readonly bool Bool => bits != 0;

    public void Set(ParameterChoice choice, ulong value) => (Choice, bits, text) = (choice, value, null);

    public void Set(string value) => (Choice, bits, text) = (ParameterChoice.Text, 0, value);

    /// <summary>True for an integer of either sign that is not negative and at most that large.</summary>
    public readonly bool IsWhole(ulong atMost, out ulong value)
    {
        value = bits;
        return Choice switch
        {
            ParameterChoice.Int64 => (long)bits >= 0 && bits <= atMost,
            ParameterChoice.UInt64 => bits <= atMost,
            _ => false,
        };
    }

    /// <summary>As routing and the engine see it: the form that the same parameter has in JSON.</summary>
    public readonly RequestParameter Named(string name) => Choice switch
    {
        ParameterChoice.Bool => new RequestParameter(name, ParameterKind.Boolean, Bool ? "true" : "false"),
        ParameterChoice.Int64 => Number(name, (long)bits),
        ParameterChoice.UInt64 => Number(name, bits),
        ParameterChoice.Double => Number(name, BitConverter.UInt64BitsToDouble(bits)),
        _ => new RequestParameter(name, ParameterKind.Text, text ?? ""),
    };

    private static RequestParameter Number<T>(string name, T value)
        where T : IFormattable => new(name, ParameterKind.Number, value.ToString(null, CultureInfo.InvariantCulture));
}
