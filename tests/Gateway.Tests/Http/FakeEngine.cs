using Serving;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.Http;

/// <summary>
/// An engine of two models. <c>double</c> answers its FP32 input times two; <c>cold</c> is known but not ready. What a test wants
/// otherwise it puts into <see cref="Infer"/>.
/// </summary>
internal sealed class FakeEngine : IServingEngine, IModelCatalog
{
    public Func<InferenceRequest, CancellationToken, ValueTask<Outcome<InferenceResponse>>>? Infer { get; set; }

    public bool Ready { get; set; } = true;

    /// <summary>Models beside the two, by name.</summary>
    public Dictionary<string, ModelMetadata> Others { get; } = [];

    public ModelLoadRequest? Loaded { get; private set; }

    public string? Unloaded { get; private set; }

    /// <summary>The configuration of every model, or null for one with its name.</summary>
    public string? Config { get; set; }

    /// <summary>What loading and unloading answer; null for success.</summary>
    public ServingError? RepositoryError { get; set; }

    public IModelCatalog Models => this;

    public Serving.Routing.ITrafficControl Traffic { get; } = new FakeTraffic();

    public Serving.Drift.IDriftControl Drift { get; } = new FakeDrift();

    public Serving.Drift.IQualityControl Quality { get; } = new FakeQuality();

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => new(Ready ? null : Readiness.ModelsAreNot);

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        if (Infer is not null) return Infer(request, cancellationToken);
        return new(GetMetadata(request.Model, request.Version).TryGetValue(out _, out var error) ? Double(request) : error);
    }

    public Outcome<ModelMetadata> GetMetadata(string model, string? version)
    {
        if (model == "cold") return ServingError.NotReady(model, version, "the file is corrupt");
        if (Others.TryGetValue(model, out var other)) return other;
        if (model is not ("double" or "stats" or "a/b")) return ServingError.ModelNotFound(model);
        if (version is not (null or "1" or "2" or "canary")) return ServingError.VersionNotFound(model, version);
        return new ModelMetadata
        {
            Name = model,
            Version = "2",
            Versions = ["1", "2"],
            Platform = "onnxruntime_onnx",
            Inputs = [new TensorSignature("x", TensorType.Fp32, [-1, 2])],
            Outputs = [new TensorSignature("y", TensorType.Fp32, [-1, 2]) { Labels = ["low", "high"] }],
            MaxBatchSize = 8,
        };
    }

    public Outcome<bool> IsReady(string model, string? version)
    {
        if (model == "cold") return false;
        return GetMetadata(model, version).TryGetValue(out _, out var error) ? true : error;
    }

    public ValueTask<IReadOnlyList<ModelIndexEntry>> ListAsync(CancellationToken cancellationToken) => new(
    [
        new("cold", null, ModelState.Unavailable, "the file is corrupt"),
        new("double", "1", ModelState.Unloading, null),
        new("double", "2", ModelState.Ready, null),
    ]);

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetConfigAsync(string model, string? version, CancellationToken cancellationToken) => new(
        GetMetadata(model, version).TryGetValue(out var metadata, out var error)
            ? new ReadOnlyMemory<byte>(System.Text.Encoding.UTF8.GetBytes(Config ?? $"{{\"name\":\"{metadata.Name}\"}}"))
            : (Outcome<ReadOnlyMemory<byte>>)error);

    public ValueTask<Outcome<IReadOnlyList<ModelStatistics>>> GetStatisticsAsync(
        string? model, string? version, CancellationToken cancellationToken)
    {
        if (model is not null && GetMetadata(model, version).Error is { } error) return new(error);
        var row = new ModelStatistics
        {
            Name = model ?? "double", Version = version ?? "2", LastInference = 1_700_000_000_000, InferenceCount = 64, ExecutionCount = 1,
            Success = new(1, 5000), Queue = new(1, 1000), ComputeInput = new(1, 10), ComputeInfer = new(1, 3900), ComputeOutput = new(1, 90),
            Batches = [new BatchStatistic(64, new(1, 10), new(1, 3900), new(1, 90))], MemoryBytes = 4096,
        };
        return new(Outcome(row));
        static Outcome<IReadOnlyList<ModelStatistics>> Outcome(ModelStatistics row) => (ModelStatistics[])[row];
    }

    public ValueTask<Outcome<Done>> LoadAsync(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        Loaded = request;
        return new(RepositoryError is null ? new Done() : RepositoryError);
    }

    public ValueTask<Outcome<Done>> UnloadAsync(string model, CancellationToken cancellationToken)
    {
        Unloaded = model;
        return new(RepositoryError is null ? new Done() : RepositoryError);
    }

    /// <summary>The answer of <c>double</c> to that request.</summary>
    public static InferenceResponse Double(InferenceRequest request)
    {
        var outputs = new Tensor[request.Inputs.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            var input = request.Inputs[i];
            var doubled = new byte[input.Data.Length];
            var from = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(input.Data.Span.ToArray());
            var to = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(doubled.AsSpan());
            for (var j = 0; j < from.Length; j++) to[j] = from[j] * 2;
            outputs[i] = new Tensor(outputs.Length == 1 ? "y" : $"y{i}", TensorType.Fp32, input.Shape, doubled);
        }

        return new InferenceResponse
        {
            Model = request.Model,
            Version = "2",
            Id = request.Id,
            Outputs = outputs,
            Route = new RouteDecision("2", "canary", RouteReason.Sticky, 7),
            Timing = new RequestTiming(TimeSpan.FromMicroseconds(410), TimeSpan.FromMicroseconds(1930)),
        };
    }
}
