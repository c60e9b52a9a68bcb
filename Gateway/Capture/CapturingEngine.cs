using System.Collections.Frozen;
using System.Globalization;
using Gateway.Http;
using Gateway.OpenInference;
using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Gateway.Capture;

/// <summary>
/// An engine that keeps requests and answers of the models that the rules name, tensors included: one JSON object a line.
/// </summary>
internal sealed class CapturingEngine(IServingEngine engine, IReadOnlyList<CaptureRule> rules, CaptureFiles files, TimeProvider clock)
    : IServingEngine
{
    /// <summary>Bytes of tensors in one record; those of larger requests are left out.</summary>
    public const long MostTensorBytes = 1 << 20;

    private readonly FrozenDictionary<string, double> shares = rules.ToFrozenDictionary(rule => rule.Model, rule => rule.Share);

    public IModelCatalog Models => engine.Models;

    public ITrafficControl Traffic => engine.Traffic;

    public IDriftControl Drift => engine.Drift;

    public IQualityControl Quality => engine.Quality;

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => engine.WhyNotReadyAsync(cancellationToken);

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        shares.TryGetValue(request.Model, out var share) && Random.Shared.NextDouble() < share
            ? KeepAsync(request, cancellationToken)
            : engine.InferAsync(request, cancellationToken);

    private async ValueTask<Outcome<InferenceResponse>> KeepAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        var outcome = await engine.InferAsync(request, cancellationToken);
        files.Add(request.Model, Write(request, outcome));
        return outcome;
    }

    private byte[] Write(InferenceRequest request, in Outcome<InferenceResponse> outcome)
    {
        using var line = new PooledBuffer();
        var sink = new JsonSink(line);
        sink.Raw("{\"at\":"u8);
        sink.Text(clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        Member(ref sink, ",\"id\":"u8, request.Id);
        if (request.Caller is not null) Member(ref sink, ",\"caller\":"u8, request.Caller);
        Member(ref sink, ",\"model\":"u8, request.Model);
        if (outcome.TryGetValue(out var answer, out var error))
        {
            Member(ref sink, ",\"version\":"u8, answer.Version);
            Member(ref sink, ",\"route\":"u8, answer.Route.Text);
        }
        else Member(ref sink, ",\"error\":"u8, ErrorMapping.Of(error.Code).Code);

        Tensors(ref sink, ",\"inputs\":"u8, request.Inputs);
        if (answer is not null) Tensors(ref sink, ",\"outputs\":"u8, answer.Outputs);
        sink.Raw("}\n"u8);
        sink.Flush();
        return line.Written.ToArray();
    }

    private static void Member(ref JsonSink sink, ReadOnlySpan<byte> name, string value)
    {
        sink.Raw(name);
        sink.Text(value);
    }

    /// <summary>The tensors as JSON; a text that says why where they cannot be.</summary>
    private static void Tensors(ref JsonSink sink, ReadOnlySpan<byte> name, IReadOnlyList<Tensor> tensors)
    {
        sink.Raw(name);
        var bytes = 0L;
        foreach (var tensor in tensors)
        {
            bytes += tensor.Data.Length;
            if (bytes <= MostTensorBytes && JsonCarriage.Check(tensor) is null) continue;
            sink.Text(bytes > MostTensorBytes ? "too large" : "not finite");
            return;
        }

        InferenceBodyWriter.WriteTensors(ref sink, tensors, OutputForms.Json);
    }
}
