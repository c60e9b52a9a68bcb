using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Serving;
using Serving.Models;

namespace Standalone;

/// <summary>Once the models of the start are loaded, says in a few lines what is served, where, and how to try it.</summary>
internal sealed class Greeting(LocalServing serving, IServer server, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>Models that get a line of their own.</summary>
    private const int MaxModels = 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var started = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken);
        await serving.Started.WaitAsync(stoppingToken);

        var index = await serving.Engine.Models.ListAsync(stoppingToken);
        var models = index.GroupBy(row => row.Name).ToArray();
        foreach (var model in models.Take(MaxModels))
        {
            var ready = model.Where(row => row.State == ModelState.Ready).Select(row => row.Version).ToArray();
            var failed = model.FirstOrDefault(row => row.Reason is not null);
            Console.Out.WriteLine(ready.Length > 0 ? $"Serving {model.Key}, version {string.Join(" and ", ready)}" : $"Not serving {model.Key}: {failed?.Reason}");
        }

        if (models.Length > MaxModels) Console.Out.WriteLine($"and {models.Length - MaxModels} more; POST /v2/repository/index lists them all");
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (index.FirstOrDefault(row => row.State == ModelState.Ready) is { } first)
        {
            var example = serving.ExampleOf(first.Name);
            Console.Out.WriteLine(example is null
                ? $"Try: curl {address}/v2/models/{first.Name}"
                : $"Try: curl {address}/v2/models/{first.Name}/infer -d @{example}");
        }
    }
}
