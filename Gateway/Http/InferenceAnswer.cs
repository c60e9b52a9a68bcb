using System.Buffers;
using System.Globalization;
using Gateway.Hosting;
using Gateway.OpenInference;
using Microsoft.AspNetCore.Http;
using Serving.Inference;
using Serving.Models;

namespace Gateway.Http;

/// <summary>Writes what the engine answered: headers, JSON, blobs.</summary>
internal sealed class InferenceAnswer(IModelCatalog models)
{
    /// <summary>What is given to the web server at once: its copy is sent while it is still in the processor's cache.</summary>
    private const int Piece = TransportMemoryPool.BlockBytes;

    private readonly RouteHeader routes = new();

    public Task WriteAsync(HttpContext context, ParsedInference parsed, InferenceResponse answer)
    {
        var headers = context.Response.Headers;
        headers[InferenceHeaders.Route] = routes.Text(answer.Route);
        headers[InferenceHeaders.Timing] = TimingHeader.Text(answer.Timing);

        if (!Classification.TryApply(models, parsed, answer, out var outputs, out var error)) return Answer.ErrorAsync(context, error);
        var accepts = context.Request.Headers.AcceptEncoding;
        if (accepts.Count > 0 && ContentCodings.Choose(accepts) != ContentCoding.Identity)
            return WriteCompressedAsync(context, parsed, answer, outputs);
        return HasBlobs(outputs, parsed.Forms)
            ? WriteBlobsAsync(context, parsed, answer, outputs)
            : WriteJson(context, parsed, answer, outputs);
    }

    private static bool HasBlobs(IReadOnlyList<Tensor> outputs, in OutputForms forms)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (forms[i].Binary) return true;
        }

        return false;
    }

    /// <summary>
    /// The body goes straight to the web server's memory; the headers, which tell its length, are sent when it is complete.
    /// </summary>
    private static Task WriteJson(
        HttpContext context, ParsedInference parsed, InferenceResponse answer, IReadOnlyList<Tensor> outputs)
    {
        var response = context.Response;
        var body = InferenceBodyWriter.WriteJson(
            answer.Model, answer.Version, parsed.Id, outputs, parsed.Forms, response.BodyWriter);
        if (!body.TryGetValue(out var written, out var error)) return Answer.ErrorAsync(context, error);
        response.ContentType = Answer.Json;
        response.ContentLength = written.Length;
        return Task.CompletedTask;
    }

    /// <summary>
    /// Once the JSON is written all lengths are known, so that headers go first and each blob from its tensor to the
    /// connection.
    /// </summary>
    private static async Task WriteBlobsAsync(
        HttpContext context, ParsedInference parsed, InferenceResponse answer, IReadOnlyList<Tensor> outputs)
    {
        using var json = new PooledBuffer();
        var body = InferenceBodyWriter.WriteJson(answer.Model, answer.Version, parsed.Id, outputs, parsed.Forms, json);
        if (!body.TryGetValue(out var written, out var error))
        {
            await Answer.ErrorAsync(context, error);
            return;
        }

        var response = context.Response;
        response.ContentType = Describe(response, written);
        response.ContentLength = written.Length;
        await response.StartAsync(context.RequestAborted);
        response.BodyWriter.Write(json.Written.Span);
        for (var i = 0; i < outputs.Count; i++)
        {
            if (!parsed.Forms[i].Binary) continue;
            for (var rest = outputs[i].Data; rest.Length > 0;)
            {
                var piece = rest[..Math.Min(rest.Length, Piece)];
                var sent = await response.BodyWriter.WriteAsync(piece);
                if (sent.IsCompleted) return;
                rest = rest[piece.Length..];
            }
        }
    }

    private static async Task WriteCompressedAsync(
        HttpContext context, ParsedInference parsed, InferenceResponse answer, IReadOnlyList<Tensor> outputs)
    {
        using var buffer = new PooledBuffer();
        var body = InferenceBodyWriter.Write(answer.Model, answer.Version, parsed.Id, outputs, parsed.Forms, buffer);
        if (body.TryGetValue(out var written, out var error))
            await Answer.BytesAsync(context, buffer.Written, Describe(context.Response, written));
        else await Answer.ErrorAsync(context, error);
    }

    /// <summary>Tells where the JSON ends when there are blobs behind it. Returns the content type.</summary>
    private static string Describe(HttpResponse response, in WrittenBody written)
    {
        if (!written.Binary) return Answer.Json;
        response.Headers[InferenceHeaders.JsonLength] = written.JsonLength.ToString(CultureInfo.InvariantCulture);
        return Answer.Binary;
    }
}
