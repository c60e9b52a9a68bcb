using System.Buffers;
using System.IO.Pipelines;
using Gateway.Hosting;
using Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// Reads request bodies whole. They stay in the transport's blocks, which come as the bytes come: nothing is allocated for
/// what is only announced. One body is bounded by the web server's limit while it arrives, all together by the
/// <see cref="BodyBudget"/>.
/// </summary>
internal sealed class BodyReader(GatewayOptions options, TensorPool pool, BodyBudget budget, GatewayInstruments instruments)
{
    /// <summary>
    /// Bytes that one body may arrive with before others have their turn: a caller that sends as fast as it is read would keep the
    /// thread to itself.
    /// </summary>
    private const int Turn = 1 << 20;

    /// <summary>Bytes of the bodies that count.</summary>
    public long HeldBytes => budget.Held;

    /// <summary>The body, decompressed. Throws what the web server throws for a body that breaks HTTP or its limits.</summary>
    public ValueTask<Outcome<RequestBody>> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        var encoding = request.Headers.ContentEncoding;
        if (!ContentCodings.TryRead(encoding, out var coding))
        {
            context.Response.Headers.AcceptEncoding = ContentCodings.Offered;
            return new(new ServingError(
                ErrorCode.UnsupportedMedia,
                $"Content-Encoding '{encoding}' is not understood; send one of {ContentCodings.Offered}, or none"));
        }

        if (coding != ContentCoding.Identity) return ReadCompressedAsync(context, coding);

        // A small body has arrived with its headers: no waiting, no state machine.
        var reader = request.BodyReader;
        if (!reader.TryRead(out var result)) return ReadOnAsync(context, reader);
        if (result.IsCompleted && result.Buffer.IsSingleSegment)
        {
            instruments.Received(GatewayInstruments.Http, result.Buffer.Length);
            return new(new RequestBody(reader, result.Buffer, budget, held: 0));
        }

        reader.AdvanceTo(result.Buffer.Start);
        return ReadOnAsync(context, reader);
    }

    /// <summary>Reads one of our documents: its media type, the body, what it says.</summary>
    public ValueTask<Outcome<T>> ReadDocumentAsync<T>(HttpContext context, Func<ReadOnlyMemory<byte>, Outcome<T>> parse) =>
        ReadAsync(context, body => parse(body.IsSingleSegment ? body.First : body.ToArray()));

    /// <summary>As <see cref="ReadDocumentAsync"/>, from the body as it lies.</summary>
    public async ValueTask<Outcome<T>> ReadAsync<T>(HttpContext context, Func<ReadOnlySequence<byte>, Outcome<T>> parse)
    {
        if (MediaTypes.RefusalOf(context.Request.ContentType) is { } refusal) return refusal;
        if (!(await ReadAsync(context)).TryGetValue(out var body, out var error)) return error;
        try
        {
            if (!LargeBodies.Has(body.Bytes.Length)) return parse(body.Bytes);
            var bytes = body.Bytes;
            return await LargeBodies.RunAsync(() => parse(bytes), context.RequestAborted);
        }
        finally
        {
            body.Release();
        }
    }

    private async ValueTask<Outcome<RequestBody>> ReadOnAsync(HttpContext context, PipeReader reader)
    {
        var aborted = context.RequestAborted;
        var held = 0L;
        var next = (long)Turn;
        var whole = false;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(aborted);
                var buffer = result.Buffer;
                if (!buffer.IsSingleSegment && buffer.Length > held)
                {
                    if (!budget.TryTake(buffer.Length - held))
                    {
                        reader.AdvanceTo(buffer.End);
                        return BodyBudget.Exhausted;
                    }

                    held = buffer.Length;
                }

                whole = result.IsCompleted;
                if (whole)
                {
                    instruments.Received(GatewayInstruments.Http, buffer.Length);
                    return new RequestBody(reader, buffer, budget, held);
                }

                if (buffer.Length >= next)
                {
                    // Nothing more is received meanwhile than the web server's buffer takes.
                    next = buffer.Length + Turn;
                    await Task.Yield();
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            if (!whole) budget.Return(held);
        }
    }

    private async ValueTask<Outcome<RequestBody>> ReadCompressedAsync(HttpContext context, ContentCoding coding)
    {
        var read = await ReadOnAsync(context, context.Request.BodyReader);
        if (!read.TryGetValue(out var compressed, out _)) return read;
        try
        {
            var blocks = new BlockChain(pool, budget);
            return await BodyInflater.InflateAsync(compressed.Bytes, coding, blocks, options.Inflation, context.RequestAborted);
        }
        finally
        {
            compressed.Release();
        }
    }
}
