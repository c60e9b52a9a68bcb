using Gateway.Access;
using Gateway.Grpc.Codec;
using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Hosting;
using Gateway.Http;
using Gateway.OpenInference;
using Gateway.Settings;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Inference;

namespace Gateway.Grpc.Services;

/// <summary>Every procedure of the gRPC side, in one list: what is not in here does not exist.</summary>
internal static class GrpcServices
{
    public const string Inference = "inference.GRPCInferenceService";
    public const string Health = "grpc.health.v1.Health";

    public static GrpcMethodTable Build(
        IServingEngine engine, GatewayOptions options, RequestIds ids, ServerSettings settings, TimeProvider clock,
        ILogger<InferenceCalls> logger)
    {
        var server = new ServerCalls(engine);
        var models = new ModelCalls(engine.Models);
        var repository = new RepositoryCalls(engine.Models);
        var inference = new InferenceCalls(engine, ids, options.GrpcStreamRequests, logger);
        var changes = new SettingsCalls(settings, engine.Models);
        var health = new HealthCalls(engine, clock);
        var requests = new InferRequestFormat(ReadLimits.Default, new NameTable(), TensorPool.Shared);
        var answers = new InferResponseFormat();

        return new GrpcMethodTable(
        [
            Unary(Inference, "ServerLive", OperationKind.ServerLive, ServerLiveRequest.Parser, ServerLiveResponse.Parser, server.GetLive),
            Unary(Inference, "ServerReady", OperationKind.ServerReady, ServerReadyRequest.Parser, ServerReadyResponse.Parser, server.GetReadyAsync),
            Unary(Inference, "ServerMetadata", OperationKind.ServerMetadata, ServerMetadataRequest.Parser, ServerMetadataResponse.Parser, server.GetMetadata),

            Unary(Inference, "ModelReady", OperationKind.ModelReady, ModelReadyRequest.Parser, ModelReadyResponse.Parser, models.GetReady),
            Unary(Inference, "ModelMetadata", OperationKind.ModelMetadata, ModelMetadataRequest.Parser, ModelMetadataResponse.Parser, models.GetMetadata),
            Unary(Inference, "ModelConfig", OperationKind.ModelConfig, ModelConfigRequest.Parser, ModelConfigResponse.Parser, models.GetConfigAsync),
            Unary(
                Inference, "ModelStatistics", OperationKind.ModelStatistics,
                ModelStatisticsRequest.Parser, ModelStatisticsResponse.Parser, models.GetStatisticsAsync),

            new UnaryMethod<InferMessage, InferAnswer>(Inference, "ModelInfer", OperationKind.Infer, requests, answers, inference.InferAsync),
            new DuplexMethod<InferMessage, StreamAnswer>(
                Inference, "ModelStreamInfer", OperationKind.InferStream, requests, new StreamResponseFormat(answers), inference.StreamAsync),

            Unary(
                Inference, "RepositoryIndex", OperationKind.RepositoryIndex,
                RepositoryIndexRequest.Parser, RepositoryIndexResponse.Parser, repository.ListAsync),
            Unary(
                Inference, "RepositoryModelLoad", OperationKind.ModelLoad,
                RepositoryModelLoadRequest.Parser, RepositoryModelLoadResponse.Parser, repository.LoadAsync),
            Unary(
                Inference, "RepositoryModelUnload", OperationKind.ModelUnload,
                RepositoryModelUnloadRequest.Parser, RepositoryModelUnloadResponse.Parser, repository.UnloadAsync),

            Unary(
                Inference, "LogSettings", OperationKind.LogChange, LogSettingsRequest.Parser, LogSettingsResponse.Parser, changes.ChangeLog),
            Unary(
                Inference, "TraceSetting", OperationKind.TraceChange,
                TraceSettingRequest.Parser, TraceSettingResponse.Parser, changes.ChangeTrace),

            .. UnservedCalls.All,

            Unary(Health, "Check", OperationKind.ServerReady, HealthCheckRequest.Parser, HealthCheckResponse.Parser, health.CheckAsync),
            new ServerStreamMethod<HealthCheckRequest, HealthCheckResponse>(
                Health, "Watch", OperationKind.HealthWatch, new ProtobufFormat<HealthCheckRequest>(HealthCheckRequest.Parser),
                new ProtobufFormat<HealthCheckResponse>(HealthCheckResponse.Parser), health.WatchAsync),
        ]);
    }

    public static UnaryMethod<TRequest, TResponse> Unary<TRequest, TResponse>(
        string service,
        string name,
        OperationKind kind,
        MessageParser<TRequest> requests,
        MessageParser<TResponse> responses,
        Func<TRequest, GrpcCall, ValueTask<Outcome<TResponse>>> handler)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        new(service, name, kind, new ProtobufFormat<TRequest>(requests), new ProtobufFormat<TResponse>(responses), handler);
}
