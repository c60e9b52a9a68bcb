using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.OpenInference;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// One inference: read the body, hand it to the engine, write the answer. The request's memory lives until the engine has
/// answered, the answer's until it is written; both are let go here, on every way out.
/// </summary>
internal sealed class InferenceOperation(
    IServingEngine engine, BodyReader bodies, InferenceBodyReader reader, InferenceAnswer answers, RequestIds ids)
{
    public async Task Infer(HttpContext context, PathValues values)
    {
        var (model, version) = (values.Model, values.Version);
        if (!TryReadHeaders(context, out var jsonLength, out var error))
        {
            await RefuseAsync(context, error);
            return;
        }

        var read = await bodies.ReadAsync(context, jsonLength ?? 0);
        if (!read.TryGetValue(out var body, out error))
        {
            await RefuseAsync(context, error);
            return;
        }

        try
        {
            if (LargeBodies.Has(body.Bytes.Length, jsonLength))
            {
                var large = body;
                body = default;
                await InferLargeAsync(context, large, jsonLength, model, version, values.Pass);
            }
            else if (Parse(body, jsonLength, model, version).TryGetValue(out var parsed, out error))
            {
                var length = body.Bytes.Length;

                // Only blobs may lie in the body's memory; without them the transport gets it back before the engine works.
                if (jsonLength is null) body.Release();
                await RunAsync(context, model, version, values.Pass, parsed, length);
            }
            else await RefuseAsync(context, error);
        }
        finally
        {
            body.Release();
        }
    }

    private static bool TryReadHeaders(HttpContext context, out long? jsonLength, [NotNullWhen(false)] out ServingError? error)
    {
        jsonLength = null;
        error = MediaTypes.RefusalOf(context.Request.ContentType);
        if (error is not null) return false;
        if (!context.Request.Headers.TryGetValue(InferenceHeaders.JsonLength, out var text)) return true;
        if (long.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            jsonLength = length;
            return true;
        }

        error = ServingError.Invalid(
            $"{InferenceHeaders.JsonLength} is '{text}'; it must be the number of bytes of the body's JSON");
        return false;
    }

    /// <summary>As <see cref="Infer"/>, of a body that is read elsewhere. Apart, so that others have no room for it in their state.</summary>
    private async Task InferLargeAsync(HttpContext context, RequestBody body, long? jsonLength, string model, string? version, QuotaPass pass)
    {
        try
        {
            var read = await LargeBodies.RunAsync(() => Parse(body, jsonLength, model, version), context.RequestAborted);
            if (read.TryGetValue(out var parsed, out var error))
            {
                var length = body.Bytes.Length;
                if (jsonLength is null) body.Release();
                await RunAsync(context, model, version, pass, parsed, length);
            }
            else await RefuseAsync(context, error);
        }
        finally
        {
            body.Release();
        }
    }

    private Outcome<ParsedInference> Parse(in RequestBody body, long? jsonLength, string model, string? version)
    {
        // A raw body has no JSON: its one tensor is described by the model's signature.
        if (jsonLength != 0)
            return reader.Read(body.Bytes, jsonLength, model, signature: null, bodyOutlivesRequest: jsonLength is not null);
        return engine.Models.GetMetadata(model, version).TryGetValue(out var signature, out var error)
            ? reader.Read(body.Bytes, jsonLength, model, signature, bodyOutlivesRequest: true)
            : error;
    }

    private async Task RunAsync(HttpContext context, string model, string? version, QuotaPass pass, ParsedInference parsed, long length)
    {
        var headers = context.Request.Headers;
        var id = ids.For(parsed.Id, headers);
        context.Response.Headers[InferenceHeaders.RequestId] = HeaderText.Fit(id);
        using var request = parsed.ToRequest(model, version, id, new RequestAttributes(headers, parsed), pass.Principal.Caller);
        pass.Charge(request, length);
        var outcome = await engine.InferAsync(request, context.RequestAborted);
        if (!outcome.TryGetValue(out var response, out var error))
        {
            await Answer.ErrorAsync(context, error);
            return;
        }

        using (response) await answers.WriteAsync(context, parsed, response);
    }

    private Task RefuseAsync(HttpContext context, ServingError error)
    {
        context.Response.Headers[InferenceHeaders.RequestId] = HeaderText.Fit(ids.For(null, context.Request.Headers));
        return Answer.ErrorAsync(context, error);
    }
}
