using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cluster.Tests.Processes;

/// <summary>A process that a test starts, signals and, whatever happens, ends. Its output goes to a file.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process process;
    private readonly StreamWriter log;

    private ChildProcess(Process process, StreamWriter log, string logPath)
    {
        this.process = process;
        this.log = log;
        LogPath = logPath;
    }

    public string LogPath { get; }

    public bool HasExited => process.HasExited;

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public static ChildProcess Start(string program, IEnumerable<string> arguments, string logPath, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var log = new StreamWriter(logPath, append: true) { AutoFlush = true };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ChildProcess(process, log, logPath);
    }

    public void Kill() => Signal(SigKill);

    public void Terminate() => Signal(SigTerm);

    public void Freeze() => Signal(SigStop);

    public void Resume() => Signal(SigCont);

    /// <summary>The exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var late = new CancellationTokenSource(within);
        await process.WaitForExitAsync(late.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            Signal(SigKill);
            await process.WaitForExitAsync();
        }

        process.Dispose();
        lock (log) log.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    private static void Write(StreamWriter log, string? line)
    {
        if (line is null) return;
        lock (log)
            if (log.BaseStream is not null) log.WriteLine(line);
    }

    private void Signal(int signal)
    {
        if (!process.HasExited && SendSignal(process.Id, signal) != 0 && !process.HasExited) throw new Win32Exception();
    }
}
