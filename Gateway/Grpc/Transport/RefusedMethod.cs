using Gateway.Access;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>A procedure that clients know and this server does not offer: every call ends at once with the same error.</summary>
internal sealed class RefusedMethod(string service, string name, ServingError error) 
    : GrpcMethod(service, name, OperationKind.Unserved)
{
    public override bool Streams => false;

    public override ValueTask<GrpcStatus> RunAsync(GrpcCall call) => new(GrpcStatus.Of(error));
}
