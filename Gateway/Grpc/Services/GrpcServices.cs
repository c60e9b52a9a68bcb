using System.Buffers;
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

    public static GrpcMethodTable Build(GatewayParts parts, ILogger<InferenceCalls> logger)
    {
        var engine = parts.Engine;
        var server = new ServerCalls(engine);
        var models = new ModelCalls(engine.Models);
        var repository = new RepositoryCalls(engine.Models);
        var inference = new InferenceCalls(engine, parts.Ids, parts.Quotas, parts.Options.GrpcStreamRequests, logger);
        var changes = new SettingsCalls(parts.Settings, engine.Models);
        var health = new HealthCalls(engine, parts.Clock);
        var requests = new InferRequestFormat(ReadLimits.Default, new NameTable(), TensorPool.Shared);
        var answers = new InferResponseFormat();

        return new GrpcMethodTable(
        [
            Unary(
                Inference, "ServerLive", OperationKind.ServerLive,
                ServerLiveRequest.Parser, ServerLiveResponse.Parser, null, server.GetLive),
            Unary(
                Inference, "ServerReady", OperationKind.ServerReady,
                ServerReadyRequest.Parser, ServerReadyResponse.Parser, null, server.GetReadyAsync),
            Unary(
                Inference, "ServerMetadata", OperationKind.ServerMetadata,
                ServerMetadataRequest.Parser, ServerMetadataResponse.Parser, null, server.GetMetadata),

            Unary(
                Inference, "ModelReady", OperationKind.ModelReady,
                ModelReadyRequest.Parser, ModelReadyResponse.Parser, new(static r => r.Name, FirstField), models.GetReady),
            Unary(
                Inference, "ModelMetadata", OperationKind.ModelMetadata,
                ModelMetadataRequest.Parser, ModelMetadataResponse.Parser, new(static r => r.Name, FirstField), models.GetMetadata),
            Unary(
                Inference, "ModelConfig", OperationKind.ModelConfig,
                ModelConfigRequest.Parser, ModelConfigResponse.Parser, new(static r => r.Name, FirstField), models.GetConfigAsync),
            Unary(
                Inference, "ModelStatistics", OperationKind.ModelStatistics,
                ModelStatisticsRequest.Parser, ModelStatisticsResponse.Parser, new(static r => r.Name.Length == 0 ? null : r.Name, FirstField),
                models.GetStatisticsAsync),

            new UnaryMethod<InferMessage, InferAnswer>(
                Inference, "ModelInfer", OperationKind.Infer,
                requests, answers, new(static r => r.Model, FirstField), inference.InferAsync),
            new DuplexMethod<InferMessage, StreamAnswer>(
                Inference, "ModelStreamInfer", OperationKind.InferStream, requests, new StreamResponseFormat(answers), inference.StreamAsync),

            Unary(
                Inference, "RepositoryIndex", OperationKind.RepositoryIndex,
                RepositoryIndexRequest.Parser, RepositoryIndexResponse.Parser, null, repository.ListAsync),
            Unary(
                Inference, "RepositoryModelLoad", OperationKind.ModelLoad,
                RepositoryModelLoadRequest.Parser, RepositoryModelLoadResponse.Parser, new(static r => r.ModelName, SecondField), repository.LoadAsync),
            Unary(
                Inference, "RepositoryModelUnload", OperationKind.ModelUnload,
                RepositoryModelUnloadRequest.Parser, RepositoryModelUnloadResponse.Parser, new(static r => r.ModelName, SecondField), repository.UnloadAsync),

            Unary(
                Inference, "LogSettings", OperationKind.LogChange,
                LogSettingsRequest.Parser, LogSettingsResponse.Parser, null, changes.ChangeLog),
            Unary(
                Inference, "TraceSetting", OperationKind.TraceChange,
                TraceSettingRequest.Parser, TraceSettingResponse.Parser, null, changes.ChangeTrace),

            .. UnservedCalls.All,

            Unary(
                Health, "Check", OperationKind.ServerReady,
                HealthCheckRequest.Parser, HealthCheckResponse.Parser, null, health.CheckAsync),
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
        NamedModel<TRequest>? named,
        Func<TRequest, GrpcCall, ValueTask<Outcome<TResponse>>> handler)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        new(
            service, name, kind,
            new ProtobufFormat<TRequest>(requests), new ProtobufFormat<TResponse>(responses), named, handler);

    /// <summary>Where requests name their model.</summary>
    private static string? FirstField(ReadOnlySequence<byte> beginning) => WireReader.TextOf(beginning, 1);

    /// <summary>Where those to the repository do.</summary>
    private static string? SecondField(ReadOnlySequence<byte> beginning) => WireReader.TextOf(beginning, 2);
}
