using Gateway.Access;

namespace Gateway.Grpc.Transport;

/// <summary>One procedure that can be called.</summary>
/// <param name="service">The service's full name, such as <c>grpc.health.v1.Health</c>.</param>
/// <param name="name">The procedure's name.</param>
/// <param name="kind">What is asked for, and who may ask.</param>
internal abstract class GrpcMethod(string service, string name, OperationKind kind)
{
    /// <summary>Where HTTP/2 finds it.</summary>
    public string Path { get; } = $"/{service}/{name}";

    public OperationKind Kind { get; } = kind;

    /// <summary>The caller may keep the call open without sending anything.</summary>
    public abstract bool Streams { get; }

    /// <summary>Answers a call. Expected failures are statuses; what it throws becomes one.</summary>
    public abstract ValueTask<GrpcStatus> RunAsync(GrpcCall call);
}
