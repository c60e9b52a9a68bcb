using System.Net.Sockets;
using System.Text;

namespace Cluster.Tests.Processes;

/// <summary>A Redis of the test's own, with an append-only file, so that a restart keeps what was acknowledged.</summary>
internal sealed class RedisServer(string folder) : IAsyncDisposable
{
    private ChildProcess? process;

    public int Port { get; } = FreePort.Next();

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Null when a <c>redis-server</c> is installed, else why tests that need one are skipped.</summary>
    public static string? Missing { get; } = Find() is null ? "redis-server is not installed (Debian: apt-get install redis-server)" : null;

    public async Task StartAsync()
    {
        Directory.CreateDirectory(folder);
        process = ChildProcess.Start(
            Find()!,
            ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--dir", folder],
            Path.Combine(folder, "redis.log"));
        for (var i = 0; ; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException) when (i < 200)
            {
                await Task.Delay(50);
            }
        }
    }

    public async Task StopAsync()
    {
        process!.Terminate();
        await process.ExitAsync(TimeSpan.FromSeconds(20));
        await process.DisposeAsync();
        process = null;
    }

    public async Task KillAsync()
    {
        process!.Kill();
        await process.ExitAsync(TimeSpan.FromSeconds(20));
        await process.DisposeAsync();
        process = null;
    }

    public void Freeze() => process!.Freeze();

    public void Resume() => process!.Resume();

    /// <summary>Sends one command and waits for its answer.</summary>
    public async Task SendAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"));
        await stream.ReadExactlyAsync(new byte[1]);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
}
