using System.Collections.Concurrent;
using Gateway.Logs;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Http;

/// <summary>Keeps what is logged at warning and above, and the lines about requests.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = new();

    public IReadOnlyCollection<string> Lines => lines;

    public ILogger CreateLogger(string categoryName) =>
        new Category(lines, categoryName == typeof(RequestLog).FullName ? LogLevel.Information : LogLevel.Warning);

    public void Dispose()
    {
    }

    private sealed class Category(ConcurrentQueue<string> lines, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.GetType().Name}");
        }
    }
}
