using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Gateway.Metrics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Serving;

namespace Gateway.Http;

/// <summary>
/// Gives a body to the refusals that the web server makes before there is a request to handle: a broken request line,
/// headers that are too large or too slow. The server announces each to its diagnostic source while its answer can still
/// be changed; this source commits the status and the headers through the server, then puts the body behind them on the
/// connection, which ends there.
/// </summary>
/// <remarks>
/// It stands in for the server's diagnostic source only, and takes part in that one event only: requests that are well formed
/// never come here. HTTP/2 refuses with frames, not with bodies, and is left alone.
/// </remarks>
internal sealed class RefusedRequests(GatewayInstruments instruments) : DiagnosticSource
{
    private const string EventName = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    public override bool IsEnabled(string name) => name == EventName;

    [UnconditionalSuppressMessage("Trimming", "IL2046", Justification = "The value is an interface that is used here.")]
    [UnconditionalSuppressMessage("AOT", "IL3051", Justification = "No code is made at run time.")]
    [RequiresUnreferencedCode("The base class asks for it.")]
    public override void Write(string name, object? value)
    {
        if (name != EventName || value is not IFeatureCollection features) return;
        var response = features.Get<IHttpResponseFeature>();
        if (response is null || response.HasStarted || features.Get<IHttp2StreamIdFeature>() is not null) return;
        if (features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException refusal) return;
        var connection = features.Get<IConnectionTransportFeature>()?.Transport.Output;
        if (connection is null) return;

        var error = new ServingError(ErrorMapping.OfRefusal(refusal.StatusCode), Answer.Sentence(refusal.Message));
        var body = Answer.ErrorBody(error);
        instruments.Count(GatewayInstruments.Http, GatewayInstruments.NoOperation, ErrorMapping.Of(error.Code).Code);
        response.Headers.ContentType = Answer.Json;
        response.Headers.ContentLength = body.Length;
        response.Headers.Connection = "close";

        // Neither waits: the headers go to memory, and a connection that refuses its first answer is not worth waiting for.
        _ = features.GetRequiredFeature<IHttpResponseBodyFeature>().StartAsync();
        _ = connection.WriteAsync(body).AsTask();
    }
}
