using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Tracing;

/// <summary>An OpenTelemetry collector that keeps what it is sent: OTLP over HTTP at one address, over gRPC at the other.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<SentSpan> spans = new();
    private readonly ConcurrentQueue<string> metrics = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => 
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        app = builder.Build();
        app.Run(TakeAsync);
    }

    public string Url => app.Urls.First();

    public string GrpcUrl => app.Urls.Last();

    /// <summary>Every span so far.</summary>
    public IReadOnlyCollection<SentSpan> Spans => spans;

    /// <summary>Names of the metrics so far.</summary>
    public IReadOnlyCollection<string> Metrics => metrics;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var isGrpc = context.Request.ContentType == "application/grpc";
        var message = body.ToArray().AsMemory(isGrpc ? 5 : 0);
        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        }

        foreach (var resource in Parts(UnsafeByteOperations.UnsafeWrap(message), 1))
        {
            foreach (var scope in Parts(resource, 2))
            {
                foreach (var item in Parts(scope, 2))
                {
                    if (context.Request.Path.Value!.Contains("trace", StringComparison.OrdinalIgnoreCase)) spans.Enqueue(Span(item));
                    else metrics.Enqueue(Parts(item, 1)[0].ToStringUtf8());
                }
            }
        }
    }

    private static SentSpan Span(ByteString bytes)
    {
        var (start, end) = (0UL, 0UL);
        var reader = bytes.CreateCodedInput();
        for (uint tag; (tag = reader.ReadTag()) != 0;)
        {
            if (tag == (7 << 3 | 1)) start = reader.ReadFixed64();
            else if (tag == (8 << 3 | 1)) end = reader.ReadFixed64();
            else reader.SkipLastField();
        }

        var attributes = Parts(bytes, 9).ToDictionary(
            pair => Parts(pair, 1)[0].ToStringUtf8(), pair => Parts(Parts(pair, 2)[0], 1).FirstOrDefault()?.ToStringUtf8() ?? "");
        return new SentSpan(
            Convert.ToHexStringLower(Parts(bytes, 1)[0].Span), Convert.ToHexStringLower(Parts(bytes, 2)[0].Span),
            Parts(bytes, 4).FirstOrDefault() is { } parent ? Convert.ToHexStringLower(parent.Span) : "",
            Parts(bytes, 5)[0].ToStringUtf8(), start, end, attributes);
    }

    /// <summary>A message's fields of one number, each a message or text.</summary>
    private static List<ByteString> Parts(ByteString bytes, int field)
    {
        var parts = new List<ByteString>();
        var reader = bytes.CreateCodedInput();
        for (uint tag; (tag = reader.ReadTag()) != 0;)
        {
            if (tag == (uint)(field << 3 | 2)) parts.Add(reader.ReadBytes());
            else reader.SkipLastField();
        }

        return parts;
    }
}
