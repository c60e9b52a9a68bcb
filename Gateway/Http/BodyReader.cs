using System.Buffers;
using System.IO.Pipelines;
using Gateway.Hosting;
using Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// Reads request bodies whole. A small one stays in the transport's block, a larger one is put together as it comes: nothing is
/// allocated for what is only announced. One body is bounded by the web server's limit while it arrives, all together by the
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

    /// <summary>
    /// The body, decompressed. One that breaks HTTP or its limits has an error (<see cref="Answer.Broken"/>), or throws what the web server
    /// throws.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="aligned">Which byte of the body elements begin at: a body put together has it where any element may lie.</param>
    public ValueTask<Outcome<RequestBody>> ReadAsync(HttpContext context, long aligned = 0)
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
        if (!reader.TryRead(out var result)) return ReadOnAsync(context, reader, aligned);
        if (result.IsCompleted && result.Buffer.IsSingleSegment)
        {
            instruments.Received(GatewayInstruments.Http, result.Buffer.Length);
            return new(new RequestBody(reader, result.Buffer));
        }

        reader.AdvanceTo(result.Buffer.Start);
        return ReadOnAsync(context, reader, aligned);
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

    private async ValueTask<Outcome<RequestBody>> ReadOnAsync(HttpContext context, PipeReader reader, long aligned)
    {
        var aborted = context.RequestAborted;
        WholeBody? whole = null;
        var next = Turn;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(aborted);
                var buffer = result.Buffer;
                if (whole is null && buffer.IsSingleSegment)
                {
                    if (result.IsCompleted)
                    {
                        instruments.Received(GatewayInstruments.Http, buffer.Length);
                        return new RequestBody(reader, buffer);
                    }

                    reader.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }

                whole ??= new WholeBody(pool, budget, context.Request.ContentLength ?? 0, aligned);
                var refusal = whole.Add(buffer);
                reader.AdvanceTo(buffer.End);
                if (refusal is not null) return refusal;
                if (result.IsCompleted)
                {
                    var body = new RequestBody(whole);
                    whole = null;
                    instruments.Received(GatewayInstruments.Http, body.Bytes.Length);
                    return body;
                }

                if (whole.Length < next) continue;

                // Nothing more is received meanwhile than the web server's buffer takes.
                next = whole.Length + Turn;
                await Task.Yield();
            }
        }
        catch (BadHttpRequestException refusal)
        {
            // Here, since each caller would throw it again, and thousands of slow bodies may be cut off at one time.
            return Answer.Broken(context, refusal);
        }
        finally
        {
            whole?.Release();
        }
    }

    private async ValueTask<Outcome<RequestBody>> ReadCompressedAsync(HttpContext context, ContentCoding coding)
    {
        var reader = context.Request.BodyReader;
        var blocks = new BlockChain(pool, budget);
        if (reader.TryRead(out var result))
        {
            if (result.IsCompleted && result.Buffer.Length <= BodyInflater.Small)
            {
                instruments.Received(GatewayInstruments.Http, result.Buffer.Length);
                try
                {
                    return await BodyInflater.InflateAsync(result.Buffer, coding, blocks, options.Inflation, context.RequestAborted);
                }
                finally
                {
                    reader.AdvanceTo(result.Buffer.End);
                }
            }

            reader.AdvanceTo(result.Buffer.Start);
        }

        var source = new BodyStream(reader);
        try
        {
            return await BodyInflater.InflateAsync(source, coding, blocks, options.Inflation, context.RequestAborted);
        }
        finally
        {
            instruments.Received(GatewayInstruments.Http, source.Position);
        }
    }
}
