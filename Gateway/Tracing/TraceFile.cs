using System.Text.Json;
using System.Threading.Channels;
using Gateway.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Tracing;

/// <summary>
/// Appends traces to a file, one JSON object a line, behind the requests' backs. Bounded on both ends: traces that find the
/// queue full are lost, and past <see cref="MostBytes"/> nothing is written any more.
/// </summary>
internal sealed partial class TraceFile : IAsyncDisposable
{
    /// <summary>Bytes of the file at the most.</summary>
    public const long MostBytes = 256L << 20;

    private const int MostWaiting = 1024;
    private const int NanosecondsPerTick = 100;

    private readonly string path;
    private readonly long mostBytes;
    private readonly ILogger<TraceFile> logger;
    private readonly Channel<RequestTrace> waiting = Channel.CreateBounded<RequestTrace>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Task writing;

    /// <param name="path">The file; empty for none.</param>
    /// <param name="mostBytes">Bytes of the file at the most.</param>
    /// <param name="logger">For what keeps traces from being written.</param>
    public TraceFile(string path, long mostBytes, ILogger<TraceFile> logger)
    {
        (this.path, this.mostBytes, this.logger) = (path, mostBytes, logger);
        writing = path.Length == 0 ? Task.CompletedTask : WriteAsync();
    }

    public void Add(in RequestTrace trace) => waiting.Writer.TryWrite(trace);

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
    }

    /// <summary>Writes what comes, and hands it to the file whenever nothing more waits.</summary>
    private async Task WriteAsync()
    {
        try
        {
            if (!await waiting.Reader.WaitToReadAsync()) return;
            await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
            using var line = new PooledBuffer();
            for (var id = 1L; await waiting.Reader.WaitToReadAsync(); await file.FlushAsync())
            {
                for (; waiting.Reader.TryRead(out var trace); id++)
                {
                    line.Clear();
                    using (var json = new Utf8JsonWriter(line)) Write(json, id, trace);
                    if (file.Position + line.Written.Length + 1 > mostBytes)
                    {
                        LogFull(path, mostBytes);
                        return;
                    }

                    await file.WriteAsync(line.Written);
                    file.WriteByte((byte)'\n');
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LogUnwritable(fault, path);
        }
        finally
        {
            waiting.Writer.TryComplete();
        }
    }

    private static void Write(Utf8JsonWriter json, long id, in RequestTrace trace)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("model_name", trace.Model);
        if (trace.Version is not null) json.WriteString("model_version", trace.Version);
        json.WriteString("request_id", trace.RequestId);
        if (trace.Error is { } error) json.WriteString("error", ErrorMapping.Of(error).Code);
        json.WriteStartArray("timestamps");
        Write(json, "REQUEST_START", trace.Start);
        if (trace.Error is null)
        {
            // The engine tells how long each part took: it begins to queue where the request starts.
            var compute = trace.Start + trace.Timing.Queue.Ticks * NanosecondsPerTick;
            Write(json, "QUEUE_START", trace.Start);
            Write(json, "COMPUTE_START", compute);
            Write(json, "COMPUTE_END", compute + trace.Timing.Compute.Ticks * NanosecondsPerTick);
        }

        Write(json, "REQUEST_END", trace.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, long nanoseconds)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteNumber("ns", nanoseconds);
        json.WriteEndObject();
    }

    [LoggerMessage(EventId = 31, Level = LogLevel.Warning, Message = "{Path} has reached {Most} bytes; no more traces are written")]
    private partial void LogFull(string path, long most);

    [LoggerMessage(EventId = 32, Level = LogLevel.Error, Message = "Traces cannot be written to {Path}")]
    private partial void LogUnwritable(Exception fault, string path);
}
