namespace Gateway.Http;

/// <summary>How one <see cref="Serving.ErrorCode"/> looks on the wire.</summary>
/// <param name="Code">The word in the body's <c>code</c>.</param>
/// <param name="Http">The HTTP status.</param>
/// <param name="Grpc">The gRPC status number.</param>
/// <param name="Retry">The answer says when to try again, even where the error does not know.</param>
internal readonly record struct ErrorStatus(string Code, int Http, int Grpc, bool Retry = false);
