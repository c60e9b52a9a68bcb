using System.Globalization;

namespace Cluster.Tests.Processes;

/// <summary>The standalone edition in a process of its own, over the same repository as a cluster.</summary>
internal sealed class StandaloneProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly string folder = Directory.CreateTempSubdirectory("serving-standalone-").FullName;
    private readonly ChildProcess process;

    public StandaloneProcess(string repository)
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        Address = new Uri($"http://127.0.0.1:{port}");
        process = ChildProcess.Start(
            Checkout.Program("Standalone"), ["--model-repository", repository, "--http-port", port, "--grpc-port", "0", "--data-dir", folder], Path.Combine(folder, "log"));
    }

    public Uri Address { get; }

    public async Task ReadyAsync(TimeSpan within)
    {
        for (var until = DateTime.UtcNow + within; ; await Task.Delay(100))
        {
            try
            {
                using var answer = await Http.GetAsync(new Uri(Address, "v2/health/ready"));
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception refused) when (refused is HttpRequestException or TaskCanceledException)
            {
                // Not yet.
            }

            if (process.HasExited || DateTime.UtcNow > until) throw new TimeoutException($"it is not ready; see {process.LogPath}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
