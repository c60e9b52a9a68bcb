namespace Grains;

/// <summary>Bytes on their way to another process, in the sealed immutable form that is never copied inside one.</summary>
[GenerateSerializer, Immutable, Alias("serving.blob")]
public sealed class Blob(ReadOnlyMemory<byte> bytes)
{
    [Id(0)]
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}
