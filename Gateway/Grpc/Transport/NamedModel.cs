using System.Buffers;

namespace Gateway.Grpc.Transport;

/// <summary>The model that a procedure's requests name.</summary>
/// <param name="Of">That of a request; null for all.</param>
/// <param name="In">That of a request's first bytes; null where they do not name one yet.</param>
internal sealed record NamedModel<TRequest>(Func<TRequest, string?> Of, Func<ReadOnlySequence<byte>, string?> In);
