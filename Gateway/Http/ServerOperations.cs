using System.Reflection;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.Http;

/// <summary>What is asked about the server as a whole.</summary>
internal sealed class ServerOperations(IServingEngine engine)
{
    internal const string Name = "orleans-serving";

    /// <summary>The protocol extensions that truly work here. Clients decide by this list what to send.</summary>
    internal static readonly string[] Extensions =
    [
        "classification", "model_repository", "model_configuration", "binary_tensor_data", "parameters", "statistics",
        "schedule_policy", "trace", "logging",
    ];

    public static readonly string Version = typeof(ServerOperations).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public Task GetMetadata(HttpContext context, PathValues values) =>
        Answer.JsonAsync(context, Extensions, static (json, extensions) =>
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteString("version", Version);
        json.WriteStartArray("extensions");
        foreach (var extension in extensions) json.WriteStringValue(extension);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public Task GetLive(HttpContext context, PathValues values) => Answer.JsonAsync(context, "live", static (json, name) =>
    {
        json.WriteStartObject();
        json.WriteBoolean(name, true);
        json.WriteEndObject();
    });

    public async Task GetReady(HttpContext context, PathValues values)
    {
        if (await engine.WhyNotReadyAsync(context.RequestAborted) is { } reason)
        {
            await Answer.ErrorAsync(context, new ServingError(ErrorCode.ModelNotReady, reason, TimeSpan.FromSeconds(1)));
            return;
        }

        await Answer.JsonAsync(context, "ready", static (json, name) =>
        {
            json.WriteStartObject();
            json.WriteBoolean(name, true);
            json.WriteEndObject();
        });
    }
}
