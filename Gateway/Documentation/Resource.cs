namespace Gateway.Documentation;

/// <summary>Files of this folder that are part of the program.</summary>
internal static class Resource
{
    public static ReadOnlyMemory<byte> Read(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream($"{typeof(Resource).Namespace}.{name}")
            ?? throw new InvalidOperationException($"The resource {name} is missing.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
