using System.Globalization;

namespace Cluster.Tests.Processes;

/// <summary>One silo with its gateway, in a process of its own. Started again it has the same name and ports.</summary>
internal sealed class SiloProcess(string name, string folder, IReadOnlyList<string> arguments) : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly int siloPort = FreePort.Next();
    private readonly int clientPort = FreePort.Next();
    private ChildProcess? process;

    public string Name { get; } = name;

    public int HttpPort { get; } = FreePort.Next();

    public int ClientPort => clientPort;

    public Uri Address => new($"http://127.0.0.1:{HttpPort}");

    public ChildProcess Process => process ?? throw new InvalidOperationException($"{Name} is not started.");

    public void Start()
    {
        process = ChildProcess.Start(
            Checkout.Program("Silo"),
            [
                "--silo-name", Name, "--http-port", Text(HttpPort), "--grpc-port", "0", "--silo-port", Text(siloPort), "--client-port", Text(clientPort),
                .. arguments,
            ],
            Path.Combine(folder, $"{Name}.log"));
    }

    /// <summary>Waits until it says that it is ready.</summary>
    public async Task ReadyAsync(TimeSpan within)
    {
        var until = DateTime.UtcNow + within;
        while (!await IsReadyAsync())
        {
            if (Process.HasExited) throw new InvalidOperationException($"{Name} has ended; see {Process.LogPath}:\n{File.ReadAllText(Process.LogPath)}");
            if (DateTime.UtcNow > until) throw new TimeoutException($"{Name} is not ready after {within.TotalSeconds:F0} s; see {Process.LogPath}");
            await Task.Delay(100);
        }
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(Address, "v2/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception refused) when (refused is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
        process = null;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
