using Serving.Inference;
using Serving.Models;

namespace Grains.Models;

/// <summary>A <see cref="TensorSignature"/> on its way to another process.</summary>
[GenerateSerializer, Immutable, Alias("serving.signature")]
public sealed class SentSignature
{
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public required TensorType Type { get; init; }

    [Id(2)]
    public required long[] Shape { get; init; }

    [Id(3)]
    public bool Optional { get; init; }

    [Id(4)]
    public string[]? Labels { get; init; }

    public static SentSignature Of(TensorSignature signature) => new()
    {
        Name = signature.Name, Type = signature.Type, Shape = [.. signature.Shape], Optional = signature.Optional, Labels = signature.Labels?.ToArray(),
    };

    public TensorSignature ToSignature() => new(Name, Type, Shape) { Optional = Optional, Labels = Labels };
}
