using System.Globalization;
using System.Threading.Channels;
using Gateway.Metrics;
using Microsoft.Extensions.Logging;

namespace Gateway.Capture;

/// <summary>
/// Writes captured requests to one file a model, behind the requests' backs. A file that has grown to its limit becomes
/// <c>iris.1.jsonl</c>, that one <c>iris.2.jsonl</c>, and so on; the oldest goes. What finds the queue full is lost, and counted.
/// </summary>
internal sealed partial class CaptureFiles : IAsyncDisposable
{
    private const int MostWaiting = 256;

    private readonly string directory;
    private readonly long mostBytes;
    private readonly int mostFiles;
    private readonly GatewayInstruments instruments;
    private readonly ILogger<CaptureFiles> logger;
    private readonly Dictionary<string, FileStream> open = new(StringComparer.Ordinal);
    private readonly Channel<(string Model, ReadOnlyMemory<byte> Line)> waiting = Channel.CreateBounded<(string, ReadOnlyMemory<byte>)>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Task writing;

    /// <param name="directory">Where the files go; made when it is missing.</param>
    /// <param name="mostBytes">Bytes of one file.</param>
    /// <param name="mostFiles">Files of one model, the present one included.</param>
    /// <param name="instruments">Where records are counted.</param>
    /// <param name="logger">For what keeps them from being written.</param>
    public CaptureFiles(string directory, long mostBytes, int mostFiles, GatewayInstruments instruments, ILogger<CaptureFiles> logger)
    {
        (this.directory, this.mostBytes, this.mostFiles) = (directory, mostBytes, mostFiles);
        (this.instruments, this.logger) = (instruments, logger);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Keeps a line, which ends with its line feed.</summary>
    public void Add(string model, ReadOnlyMemory<byte> line)
    {
        if (!waiting.Writer.TryWrite((model, line))) instruments.Captured(model, written: false);
    }

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing;
    }

    private async Task WriteAsync()
    {
        try
        {
            Directory.CreateDirectory(directory);
            while (await waiting.Reader.WaitToReadAsync())
            {
                while (waiting.Reader.TryRead(out var record))
                {
                    await FileFor(record.Model, record.Line.Length).WriteAsync(record.Line);
                    instruments.Captured(record.Model, written: true);
                }

                foreach (var file in open.Values) await file.FlushAsync();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LogUnwritable(fault, directory);
        }
        finally
        {
            waiting.Writer.TryComplete();
            foreach (var file in open.Values) file.Dispose();
        }
    }

    private FileStream FileFor(string model, int bytes)
    {
        if (open.TryGetValue(model, out var file))
        {
            if (file.Position + bytes <= mostBytes || file.Position == 0) return file;
            file.Dispose();
            Rotate(model);
        }

        return open[model] = new FileStream(PathOf(model, 0), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
    }

    private void Rotate(string model)
    {
        for (var age = mostFiles - 1; age > 0; age--)
        {
            if (File.Exists(PathOf(model, age - 1))) File.Move(PathOf(model, age - 1), PathOf(model, age), overwrite: true);
        }

        if (mostFiles == 1) File.Delete(PathOf(model, 0));
    }

    private string PathOf(string model, int age)
    {
        var name = Uri.EscapeDataString(model);
        return Path.Combine(directory, age == 0 ? $"{name}.jsonl" : string.Create(CultureInfo.InvariantCulture, $"{name}.{age}.jsonl"));
    }

    [LoggerMessage(EventId = 33, Level = LogLevel.Error, Message = "Captured requests cannot be written to {Directory}; none are kept any more")]
    private partial void LogUnwritable(Exception fault, string directory);
}
