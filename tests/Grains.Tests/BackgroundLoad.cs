using Serving;

namespace Grains.Tests;

/// <summary>Requests one after the other, on every engine in turn, until it is stopped: what failed meanwhile is kept.</summary>
internal sealed class BackgroundLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private readonly List<string> failures = [];
    private int answered;

    public BackgroundLoad(Func<IReadOnlyList<IServingEngine>> engines, params IReadOnlyList<string> models) => running = Task.Run(() => RunAsync(engines, models));

    public int Answered => Volatile.Read(ref answered);

    /// <summary>Ends the load, and gives what failed.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await stopping.CancelAsync();
        await running;
        return failures;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task RunAsync(Func<IReadOnlyList<IServingEngine>> engines, IReadOnlyList<string> models)
    {
        for (var i = 0; !stopping.IsCancellationRequested; i++)
        {
            var live = engines();
            var outcome = await TestSilos.InferAsync(live[i % live.Count], models[i / live.Count % models.Count]);
            if (outcome.TryGetValue(out var answer, out var error)) answer.Dispose();
            else failures.Add($"{error.Code}: {error.Message}");
            answered++;
            if (i % 8 == 0) await Task.Delay(1);
        }
    }
}
