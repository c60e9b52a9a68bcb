using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Sessions;

namespace Benchmarks.Load;

/// <summary>What loading models costs without a server: every model of a repository, one after the other, in a process that has none.</summary>
internal static class SessionStart
{
    public const string Usage =
        """
        sessions --models DIR
          Creates a session for DIR/<model>/1/model.onnx of every model, and prints the milliseconds of the library and of all sessions.
        """;

    public static string Run(Arguments arguments)
    {
        var files = Directory.GetDirectories(arguments.Text("models")).Select(model => Path.Combine(model, "1", "model.onnx")).Where(File.Exists).ToArray();
        var before = Stopwatch.GetTimestamp();
        var runtime = OnnxRuntime.Load(null, NullLogger.Instance);
        var libraryMs = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        before = Stopwatch.GetTimestamp();
        var sessions = new List<IModelSession>(files.Length);
        foreach (var file in files)
        {
            if (!OnnxSession.Load(runtime, file, new SessionOptions()).TryGetValue(out var session, out var error)) throw new ArgumentException(error.Message);
            sessions.Add(session);
        }

        var sessionsMs = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        foreach (var session in sessions) session.Dispose();
        return string.Create(CultureInfo.InvariantCulture, $"models={files.Length} library_ms={libraryMs:F1} sessions_ms={sessionsMs:F1}");
    }
}
