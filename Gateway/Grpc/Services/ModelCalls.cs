using System.Text;
using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Serving;
using Serving.Access;
using Serving.Inference;
using Serving.Models;
using TensorMetadata = Gateway.Grpc.Messages.ModelMetadataResponse.Types.TensorMetadata;

namespace Gateway.Grpc.Services;

/// <summary>What is asked about one model or version.</summary>
internal sealed class ModelCalls(IModelCatalog models)
{
    // The engine's document has more than the message: sections of our own, and fields that are empty here.
    private static readonly JsonParser ConfigParser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public ValueTask<Outcome<ModelReadyResponse>> GetReady(ModelReadyRequest request, GrpcCall call) => new(
        models.IsReady(request.Name, VersionOf(request.Version)).TryGetValue(out var ready, out var error)
            ? new ModelReadyResponse { Ready = ready }
            : (Outcome<ModelReadyResponse>)error);

    public ValueTask<Outcome<ModelMetadataResponse>> GetMetadata(ModelMetadataRequest request, GrpcCall call)
    {
        var found = models.GetMetadata(request.Name, VersionOf(request.Version));
        if (!found.TryGetValue(out var metadata, out var error)) return new(error);
        var response = new ModelMetadataResponse
        {
            Name = metadata.Name, Platform = metadata.Platform, Versions = { metadata.Versions },
        };
        Add(response.Inputs, metadata.Inputs);
        Add(response.Outputs, metadata.Outputs);
        return new(response);
    }

    public async ValueTask<Outcome<ModelConfigResponse>> GetConfigAsync(ModelConfigRequest request, GrpcCall call)
    {
        var config = await models.GetConfigAsync(request.Name, VersionOf(request.Version), call.Cancellation);
        if (!config.TryGetValue(out var json, out var error)) return error;
        return new ModelConfigResponse { Config = ConfigParser.Parse<Messages.ModelConfig>(Encoding.UTF8.GetString(json.Span)) };
    }

    public async ValueTask<Outcome<ModelStatisticsResponse>> GetStatisticsAsync(ModelStatisticsRequest request, GrpcCall call)
    {
        var model = request.Name.Length == 0 ? null : request.Name;
        var statistics = await models.GetStatisticsAsync(model, VersionOf(request.Version), call.Cancellation);
        if (!statistics.TryGetValue(out var rows, out var error)) return error;
        var response = new ModelStatisticsResponse();
        foreach (var row in rows)
        {
            if (call.Principal.May(AccessScope.Read, row.Name)) response.ModelStats.Add(StatisticsMessage.Of(row));
        }

        return response;
    }

    private static string? VersionOf(string version) => version.Length == 0 ? null : version;

    private static void Add(RepeatedField<TensorMetadata> messages, IReadOnlyList<TensorSignature> signatures)
    {
        foreach (var (name, type, shape) in signatures)
            messages.Add(new TensorMetadata { Name = name, Datatype = type.Name(), Shape = { shape } });
    }
}
