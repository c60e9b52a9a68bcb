using Grains.Inference;
using Grains.Replicas;
using Orleans.Concurrency;
using Serving;
using Serving.Inference;
using Serving.Models;

namespace Grains.Client;

/// <summary>Hands what clients ask to this silo's engine.</summary>
[StatelessWorker, Reentrant]
internal sealed class ClientDoor(IServingEngine engine) : Grain, IClientDoor
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> NoFiles = [];

    public async Task<SentAnswer> Infer(SentRequest sent, CancellationToken cancellationToken)
    {
        var request = new InferenceRequest
        {
            Model = sent.Model, Version = sent.Version, Id = sent.Id, Inputs = sent.Inputs.Tensors, Priority = sent.Priority,
            Timeout = sent.Timeout, Outputs = Array.ConvertAll(sent.Outputs, name => new RequestedOutput(name)), Attributes = sent.Attributes,
        };
        var outcome = await engine.InferAsync(request, cancellationToken);
        if (!outcome.TryGetValue(out var response, out var error)) return new SentAnswer { Error = SentError.Of(error) };
        using (response)
        {
            return new SentAnswer
            {
                Outputs = SentTensors.Copies(response.Outputs), Route = SentRoute.Of(response.Route), Queue = response.Timing.Queue,
                Compute = response.Timing.Compute,
            };
        }
    }

    public Task<string?> WhyNotReady() => engine.WhyNotReadyAsync(CancellationToken.None).AsTask();

    public async Task<StatisticsReply> GetStatistics(string? model, string? version) =>
        (await engine.Models.GetStatisticsAsync(model, version, CancellationToken.None)).TryGetValue(out var found, out var error)
            ? new StatisticsReply { Versions = [.. found.Select(SentStatistics.Of)] }
            : new StatisticsReply { Error = SentError.Of(error) };

    public async Task<SentError?> Load(string model, string? configJson) =>
        Sent(await engine.Models.LoadAsync(new ModelLoadRequest(model, configJson, NoFiles), CancellationToken.None));

    public async Task<SentError?> Unload(string model) => Sent(await engine.Models.UnloadAsync(model, CancellationToken.None));

    private static SentError? Sent(Outcome<Done> outcome) => outcome.Error is { } error ? SentError.Of(error) : null;
}
