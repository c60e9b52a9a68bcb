using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Grpc.Transport;

/// <summary>Every procedure that can be called, by its path.</summary>
internal sealed class GrpcMethodTable(IEnumerable<GrpcMethod> methods)
{
    private readonly FrozenDictionary<string, GrpcMethod> methods =
        methods.ToFrozenDictionary(method => method.Path, StringComparer.Ordinal);

    public IReadOnlyCollection<GrpcMethod> All => methods.Values;

    public bool TryFind(string path, [NotNullWhen(true)] out GrpcMethod? method) => methods.TryGetValue(path, out method);
}
