using System.Diagnostics;

namespace Gateway.Tests.Metrics;

/// <summary>Prometheus's own checker, where it is installed.</summary>
internal static class Promtool
{
    public static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => System.IO.Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);

    /// <summary>Its exit code, and what it found.</summary>
    public static Task<(int Code, string Output)> CheckAsync(string exposition) => RunAsync(["check", "metrics"], exposition);

    public static async Task<(int Code, string Output)> RunAsync(string[] arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(Path!, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
