using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Http;
using Gateway.OpenInference;
using Microsoft.AspNetCore.Http;
using Serving;
using Serving.Models;

namespace Gateway.TensorFlow;

/// <summary>
/// Inference as TensorFlow Serving's REST clients ask for it, and KServe's of the first version, whose <c>:predict</c> is the
/// same with <c>instances</c>. Whatever content type they name, the body is JSON.
/// </summary>
internal sealed class InferenceOperations(IServingEngine engine, BodyReader bodies, PredictBodyReader reader, RequestIds ids)
{
    private readonly RouteHeader routes = new();

    public Task Predict(HttpContext context, PathValues values) => RunAsync(context, values, TensorFlowCall.Predict);

    public Task Classify(HttpContext context, PathValues values) => RunAsync(context, values, TensorFlowCall.Classify);

    public Task Regress(HttpContext context, PathValues values) => RunAsync(context, values, TensorFlowCall.Regress);

    private async Task RunAsync(HttpContext context, PathValues values, TensorFlowCall call)
    {
        var (model, version) = (values.Model, values.Version ?? values["label"]);
        var headers = context.Request.Headers;
        var id = ids.For(null, headers);
        context.Response.Headers[InferenceHeaders.RequestId] = HeaderText.Fit(id);
        if (!(await ReadAsync(context, model, version, call)).TryGetValue(out var parsed, out var error))
        {
            await TensorFlowErrors.AnswerAsync(context, error);
            return;
        }

        using var request = parsed.Inference.ToRequest(
            model, version, id, new RequestAttributes(headers, parsed.Inference), values.Pass.Principal.Caller);
        values.Pass.Charge(request, parsed.Length);
        var outcome = await engine.InferAsync(request, context.RequestAborted);
        if (!outcome.TryGetValue(out var response, out error))
        {
            await TensorFlowErrors.AnswerAsync(context, error);
            return;
        }

        using var answer = response;
        context.Response.Headers[InferenceHeaders.Route] = routes.Text(answer.Route);
        context.Response.Headers[InferenceHeaders.Timing] = TimingHeader.Text(answer.Timing);
        using var body = new PooledBuffer();
        error = Write(answer, call, parsed.Rows, body);
        if (error is null) await Answer.BytesAsync(context, body.Written, Answer.Json);
        else await TensorFlowErrors.AnswerAsync(context, error);
    }

    private async ValueTask<Outcome<ParsedPredict>> ReadAsync(HttpContext context, string model, string? version, TensorFlowCall call)
    {
        // The body names no types: without the signature it cannot be read. Should another version answer in the end, the
        // engine checks the tensors against that one's.
        if (!engine.Models.GetMetadata(model, version).TryGetValue(out var signature, out var error)) return error;
        if (!(await bodies.ReadAsync(context)).TryGetValue(out var body, out error)) return error;
        try
        {
            return LargeBodies.Has(body.Bytes.Length)
                ? await ReadElsewhereAsync(context, body, signature, call)
                : reader.Read(body.Bytes, signature, call);
        }
        finally
        {
            body.Release();
        }
    }

    private Task<Outcome<ParsedPredict>> ReadElsewhereAsync(
        HttpContext context, RequestBody body, ModelMetadata signature, TensorFlowCall call) =>
        LargeBodies.RunAsync(() => reader.Read(body.Bytes, signature, call), context.RequestAborted);

    private ServingError? Write(Serving.Inference.InferenceResponse answer, TensorFlowCall call, int? rows, PooledBuffer body)
    {
        if (call == TensorFlowCall.Predict) return PredictAnswer.Write(answer.Outputs, rows, body);
        if (!engine.Models.GetMetadata(answer.Model, answer.Version).TryGetValue(out ModelMetadata? signature, out var error)) return error;
        return call == TensorFlowCall.Classify
            ? ResultsAnswer.WriteClasses(answer.Outputs, signature, rows!.Value, body)
            : ResultsAnswer.WriteNumbers(answer.Outputs, signature, rows!.Value, body);
    }
}
