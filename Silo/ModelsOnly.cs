using System.Text.Json;

namespace Silo;

/// <summary>
/// A silo of role <c>silo</c> holds models and takes no requests in: it answers about its health, its numbers and the cluster, and
/// refuses the rest by name, so that a load balancer that sends it requests is noticed.
/// </summary>
internal sealed class ModelsOnly : IStartupFilter
{
    private const string Refusal = "this silo takes no requests in (--role silo); send them to a gateway of the cluster";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(inner => context => IsServed(context.Request) ? inner(context) : RefuseAsync(context));
        next(app);
    };

    private static bool IsServed(HttpRequest request) => !HttpProtocol.IsHttp2(request.Protocol)
        && (request.Path.StartsWithSegments("/v2/health") || request.Path == "/v2/cluster" || request.Path == "/metrics");

    private static Task RefuseAsync(HttpContext context)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            // A gRPC answer without a message: 14 is UNAVAILABLE.
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "14";
            context.Response.Headers["grpc-message"] = Refusal;
            return Task.CompletedTask;
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"error":{{JsonSerializer.Serialize(Refusal)}},"code":"model_not_ready"}""");
    }
}
