using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Http;
using Google.Protobuf.Collections;
using Serving;
using Serving.Access;
using Serving.Models;
using ModelIndex = Gateway.Grpc.Messages.RepositoryIndexResponse.Types.ModelIndex;
using Parameter = Gateway.Grpc.Messages.ModelRepositoryParameter;

namespace Gateway.Grpc.Services;

/// <summary>The model repository extension: index, load, unload.</summary>
internal sealed class RepositoryCalls(IModelCatalog models)
{
    private const string FilePrefix = "file:";

    private static readonly string[] States = ["UNKNOWN", "LOADING", "READY", "UNLOADING", "UNAVAILABLE"];

    public async ValueTask<Outcome<RepositoryIndexResponse>> ListAsync(RepositoryIndexRequest request, GrpcCall call)
    {
        if (Refusal(request.RepositoryName) is { } refusal) return refusal;
        var response = new RepositoryIndexResponse();
        foreach (var entry in await models.ListAsync(call.Cancellation))
        {
            if (request.Ready && entry.State != ModelState.Ready || !call.Principal.May(AccessScope.Read, entry.Name)) continue;
            response.Models.Add(new ModelIndex
            {
                Name = entry.Name, Version = entry.Version ?? "", State = States[(int)entry.State], Reason = entry.Reason ?? "",
            });
        }

        return response;
    }

    public async ValueTask<Outcome<RepositoryModelLoadResponse>> LoadAsync(RepositoryModelLoadRequest request, GrpcCall call)
    {
        if (Refusal(request.RepositoryName) is { } refusal) return refusal;
        if (!RepositoryOperations.IsFolderName(request.ModelName)) return ServingError.ModelNotFound(request.ModelName);
        if (!ReadLoad(request).TryGetValue(out var load, out var error)) return error;
        var loaded = await models.LoadAsync(load, call.Cancellation);
        return loaded.Error is null ? new RepositoryModelLoadResponse() : loaded.Error;
    }

    public async ValueTask<Outcome<RepositoryModelUnloadResponse>> UnloadAsync(
        RepositoryModelUnloadRequest request, GrpcCall call)
    {
        if (Refusal(request.RepositoryName) is { } refusal) return refusal;
        if (CheckUnload(request.Parameters) is { } error) return error;
        var unloaded = await models.UnloadAsync(request.ModelName, call.Cancellation);
        return unloaded.Error is null ? new RepositoryModelUnloadResponse() : unloaded.Error;
    }

    private static ServingError? Refusal(string repositoryName) => repositoryName.Length == 0 ? null : new ServingError(
        ErrorCode.Unsupported, "repository_name is not supported: a model is found by its own name in all repositories");

    private static Outcome<ModelLoadRequest> ReadLoad(RepositoryModelLoadRequest request)
    {
        string? config = null;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var (name, value) in request.Parameters)
        {
            if (name == "config")
            {
                if (value.ParameterChoiceCase != Parameter.ParameterChoiceOneofCase.StringParam)
                    return ServingError.Invalid("parameter 'config' must be a string_param that holds JSON");
                config = value.StringParam;
                continue;
            }

            if (!name.StartsWith(FilePrefix, StringComparison.Ordinal))
                return ServingError.Invalid($"unknown parameter '{name}'; load takes config and file:<version>/<name>");
            var path = name[FilePrefix.Length..];
            if (!RepositoryBody.IsInside(path))
                return ServingError.Invalid($"parameter '{name}' must be file:<version>/<name>, within the model's folder");
            if (value.ParameterChoiceCase != Parameter.ParameterChoiceOneofCase.BytesParam)
                return ServingError.Invalid($"parameter '{name}' must be a bytes_param");
            files[path] = value.BytesParam.Memory;
        }

        if (files.Count > 0 && config is null)
            return ServingError.Invalid("parameter 'config' is needed beside file: parameters");
        return new ModelLoadRequest(request.ModelName, config, files);
    }

    private static ServingError? CheckUnload(MapField<string, Parameter> parameters)
    {
        foreach (var (name, value) in parameters)
        {
            if (name != "unload_dependents")
                return ServingError.Invalid($"unknown parameter '{name}'; unload takes unload_dependents");
            if (value.ParameterChoiceCase != Parameter.ParameterChoiceOneofCase.BoolParam || value.BoolParam)
                return ServingError.Invalid("parameter 'unload_dependents' may only be false: no model depends on another here");
        }

        return null;
    }
}
