using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.Http;

/// <summary>Writes answers: JSON documents, errors and empty ones. Each knows its length before it starts.</summary>
internal static class Answer
{
    public const string Json = "application/json";
    public const string Binary = "application/octet-stream";

    /// <summary>Bytes below which compression costs more than it saves.</summary>
    public const int LeastCompressed = 1024;

    private static readonly JsonWriterOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true,
    };

    public static Task EmptyAsync(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Writes a document with status 200.</summary>
    public static async Task JsonAsync<TState>(HttpContext context, TState state, Action<Utf8JsonWriter, TState> write)
    {
        using var body = new PooledBuffer();
        using (var writer = new Utf8JsonWriter(body, Relaxed)) write(writer, state);
        await PlainAsync(context, body.Written, Json);
    }

    /// <summary>
    /// Writes bytes that are at hand as they are: Triton's asyncio client asks for compression of everything and understands
    /// it of tensors only.
    /// </summary>
    public static Task PlainAsync(HttpContext context, ReadOnlyMemory<byte> body, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return SendAsync(context.Response, body);
    }

    /// <summary>Writes bytes that are at hand, compressed when the caller likes that and they are worth it.</summary>
    public static Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> body, string contentType)
    {
        var response = context.Response;
        response.ContentType = contentType;
        if (body.Length >= LeastCompressed)
        {
            var coding = ContentCodings.Choose(context.Request.Headers.AcceptEncoding);
            if (coding != ContentCoding.Identity) body = Compress(response, body.Span, coding);
        }

        response.ContentLength = body.Length;
        return SendAsync(response, body);
    }

    public static Task ErrorAsync(HttpContext context, ServingError error) =>
        RefusalAsync(context, ErrorMapping.Of(error.Code).Http, error);

    /// <summary>As <see cref="ErrorAsync"/>, with another status. Of a body that broke it is the web server's (<see cref="Broken"/>).</summary>
    public static Task RefusalAsync(HttpContext context, int status, ServingError error)
    {
        // For those who count and log requests.
        context.Features.Set(error);
        var response = context.Response;
        response.StatusCode = context.Features.Get<BadHttpRequestException>()?.StatusCode ?? status;
        response.ContentType = Json;
        if (ErrorMapping.RetryAfter(error) is { } seconds) response.Headers.RetryAfter = seconds;
        var body = ErrorBody(error);
        response.ContentLength = body.Length;
        return SendAsync(response, body);
    }

    /// <summary>
    /// The error of a body that broke HTTP, or a limit, while it was read: its answer has the status that the web server chose. What is
    /// left of it is not read: the connection ends there.
    /// </summary>
    public static ServingError Broken(HttpContext context, BadHttpRequestException refusal)
    {
        context.Features.Set(refusal);
        context.Response.Headers.Connection = "close";
        return new ServingError(ErrorMapping.OfRefusal(refusal.StatusCode), Sentence(refusal.Message));
    }

    public static ReadOnlyMemory<byte> ErrorBody(ServingError error)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(body, Relaxed);
        writer.WriteStartObject();
        writer.WriteString("error", error.Message);
        writer.WriteString("code", ErrorMapping.Of(error.Code).Code);
        writer.WriteEndObject();
        writer.Flush();
        return body.WrittenMemory;
    }

    /// <summary>A message of the web server, in the form of ours.</summary>
    public static string Sentence(string message) => char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');

    private static Task SendAsync(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        // One write: the server sends headers and body together.
        var sent = response.BodyWriter.WriteAsync(body);
        return sent.IsCompletedSuccessfully ? Task.CompletedTask : sent.AsTask();
    }

    private static ReadOnlyMemory<byte> Compress(HttpResponse response, ReadOnlySpan<byte> body, ContentCoding coding)
    {
        var compressed = new MemoryStream(body.Length / 2);
        using (Stream stream = coding == ContentCoding.Gzip
            ? new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(body);
        }

        response.Headers.ContentEncoding = ContentCodings.Name(coding);
        response.Headers.Append("Vary", "Accept-Encoding");
        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }
}
