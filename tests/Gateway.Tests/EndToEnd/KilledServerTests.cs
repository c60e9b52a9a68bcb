using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gateway.Tests.EndToEnd;

/// <summary>The program itself, as a process that dies.</summary>
public sealed class KilledServerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("serving-kill-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Revoke_Acknowledged_OutlivesAKill()
    {
        var admin = await MakeKeyAsync("infer,read,admin");
        var other = await MakeKeyAsync("read");
        using (var server = await StartAsync())
        {
            Assert.Equal(200, await AskAsync(server.Client, other));
            using var revoke = new HttpRequestMessage(HttpMethod.Delete, $"/v2/keys/{other.Substring(4, 12)}");
            revoke.Headers.Add("x-api-key", admin);
            using var revoked = await server.Client.SendAsync(revoke);
            Assert.Equal(200, (int)revoked.StatusCode);
            Assert.True((await revoked.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("revoked_at", out _));

            // SIGKILL: nothing is written that was not.
            server.Process.Kill();
            await server.Process.WaitForExitAsync();
        }

        using var again = await StartAsync();
        Assert.Equal(401, await AskAsync(again.Client, other));
        Assert.Equal(200, await AskAsync(again.Client, admin));
        again.Process.Kill();
        await again.Process.WaitForExitAsync();
    }

    private static async Task<int> AskAsync(HttpClient client, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2");
        request.Headers.Add("x-api-key", key);
        return (int)(await client.SendAsync(request)).StatusCode;
    }

    private async Task<string> MakeKeyAsync(string scope)
    {
        using var process = Run("keys", "create", "--name", "test", "--scope", scope);
        var key = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return key!;
    }

    private async Task<Server> StartAsync()
    {
        var process = Run("--http-port", "0", "--grpc-port", "0");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("Listening on ", StringComparison.Ordinal) && line.EndsWith("(HTTP)", StringComparison.Ordinal))
                return new Server(process, new HttpClient { BaseAddress = new Uri(line.Split(' ')[2]) });
        }

        throw new InvalidOperationException($"The server did not start: {await process.StandardError.ReadToEndAsync()}");
    }

    private Process Run(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Standalone.dll");
        string[] all = [program, .. arguments, "--model-repository", Path.Combine(SampleModels.Repository), "--data-dir", Path.Combine(folder, "data")];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", all)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
    }

    private sealed record Server(Process Process, HttpClient Client) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            if (!Process.HasExited) Process.Kill();
            Process.Dispose();
        }
    }
}
