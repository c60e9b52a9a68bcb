using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Http;
using Serving;

namespace Gateway.Grpc.Services;

/// <summary>What is asked about the server as a whole.</summary>
internal sealed class ServerCalls(IServingEngine engine)
{
    public ValueTask<Outcome<ServerLiveResponse>> GetLive(ServerLiveRequest request, GrpcCall call) =>
        new(new ServerLiveResponse { Live = true });

    public async ValueTask<Outcome<ServerReadyResponse>> GetReadyAsync(ServerReadyRequest request, GrpcCall call) =>
        new ServerReadyResponse { Ready = await engine.IsReadyAsync(call.Cancellation) };

    public ValueTask<Outcome<ServerMetadataResponse>> GetMetadata(ServerMetadataRequest request, GrpcCall call) => new(
        new ServerMetadataResponse
        {
            Name = ServerOperations.Name,
            Version = ServerOperations.Version,
            Extensions = { ServerOperations.Extensions },
        });
}
