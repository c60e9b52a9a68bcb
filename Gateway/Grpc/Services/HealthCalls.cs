using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Serving;
using Status = Gateway.Grpc.Messages.HealthCheckResponse.Types.ServingStatus;

namespace Gateway.Grpc.Services;

/// <summary>The health protocol. The inference service, and with it the server, serves when every model does that should.</summary>
internal sealed class HealthCalls(IServingEngine engine, TimeProvider clock)
{
    /// <summary>A watcher learns of a change within this time.</summary>
    public static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private static readonly GrpcStatus Stopping = new(GrpcStatusCode.Unavailable, "the server is stopping; connect again");

    public async ValueTask<Outcome<HealthCheckResponse>> CheckAsync(HealthCheckRequest request, GrpcCall call)
    {
        var status = await StatusAsync(request.Service, call.Cancellation);
        if (status != Status.ServiceUnknown) return new HealthCheckResponse { Status = status };

        // The protocol wants NOT_FOUND here, which is the status of a model that is not there.
        return new ServingError(
            ErrorCode.ModelNotFound, $"there is no service '{request.Service}'; ask for {GrpcServices.Inference}, or for none");
    }

    public async Task<GrpcStatus> WatchAsync(HealthCheckRequest request, MessageSink<HealthCheckResponse> sink, GrpcCall call)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, call.Stopping);
        using var timer = new PeriodicTimer(WatchInterval, clock);
        var told = Status.Unknown;
        while (true)
        {
            var status = await StatusAsync(request.Service, call.Cancellation);
            if (status != told) await sink.WriteAsync(new HealthCheckResponse { Status = status });
            told = status;
            if (!await NextAsync(timer, stop.Token) && call.Stopping.IsCancellationRequested) return Stopping;
            call.Cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>False when the token was cancelled.</summary>
    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellation)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async ValueTask<Status> StatusAsync(string service, CancellationToken cancellation) => service switch
    {
        "" or GrpcServices.Inference => await engine.IsReadyAsync(cancellation) ? Status.Serving : Status.NotServing,
        GrpcServices.Health => Status.Serving,
        _ => Status.ServiceUnknown,
    };
}
