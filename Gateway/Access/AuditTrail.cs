using System.Buffers;
using System.Text.Json;
using Gateway.Settings;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access;
using Serving.Routing;
using Serving.Routing.Rollouts;

namespace Gateway.Access;

/// <summary>
/// Writes down what administrators change, whichever protocol they use: the state before, the call, the state after. Keys are left
/// out: their store writes its own notes, in one transaction with the change.
/// </summary>
internal sealed partial class AuditTrail(
    IServingEngine engine, ServerSettings settings, IAccessStore? store, ILogger<AuditTrail> logger)
{
    /// <summary>The target of changes that concern no model.</summary>
    private const string Server = "server";

    /// <summary>Whether calls of this kind are written down.</summary>
    public bool Covers(OperationKind kind) => store is not null && kind.IsAudited;

    /// <summary>What can be changed by calls of this kind, as it stands now.</summary>
    /// <param name="kind">What will be, or was, done.</param>
    /// <param name="model">To which model; null for the server.</param>
    /// <param name="cancellationToken">The caller has gone away.</param>
    public async ValueTask<ReadOnlyMemory<byte>> DescribeAsync(OperationKind kind, string? model, CancellationToken cancellationToken)
    {
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json);
        if (kind == OperationKind.LogChange) SettingsOperations.WriteLog(writer, settings.Logs.Current);
        else if (kind == OperationKind.TraceChange || kind == OperationKind.ModelTraceChange)
            SettingsOperations.WriteTrace(writer, settings.Traces.Get(model));
        else if (model is null || !await WriteModelAsync(writer, kind, model, cancellationToken)) return default;
        writer.Flush();
        return json.WrittenMemory;
    }

    /// <summary>Writes the note. A call that has succeeded does not fail for it; the log tells what is missing in the audit.</summary>
    public async ValueTask RecordAsync(Actor actor, OperationKind kind, string? model, ReadOnlyMemory<byte> before)
    {
        // Not the caller's token: the change is made, and the note belongs to it whether they wait or not.
        var after = await DescribeAsync(kind, model, CancellationToken.None);
        var written = await store!.RecordAsync(new AuditNote(actor, kind.Name, model ?? Server, before, after), CancellationToken.None);
        if (written.Error is { } error) LogMissing(kind.Name, model ?? Server, actor.Name, error.Message);
    }

    /// <summary>False when there is nothing of the kind.</summary>
    private async ValueTask<bool> WriteModelAsync(
        Utf8JsonWriter writer, OperationKind kind, string model, CancellationToken cancellationToken)
    {
        if (kind == OperationKind.TrafficChange)
        {
            if (!(await engine.Traffic.GetAsync(model, cancellationToken)).TryGetValue(out var document, out _)) return false;
            TrafficJson.Write(writer, document);
        }
        else if (kind == OperationKind.RolloutChange)
        {
            if (!(await engine.Traffic.GetRolloutAsync(model, cancellationToken)).TryGetValue(out var status, out _)) return false;
            RolloutJson.Write(writer, status);
        }
        else
        {
            writer.WriteStartArray();
            foreach (var row in await engine.Models.ListAsync(cancellationToken))
            {
                if (row.Name == model && row.Version is not null) writer.WriteStringValue($"{row.Version} {row.State}");
            }

            writer.WriteEndArray();
        }

        return true;
    }

    [LoggerMessage(EventId = 30, Level = LogLevel.Error, Message = "The audit log lacks {Action} of {Target} by {Actor}: {Reason}")]
    private partial void LogMissing(string action, string target, string actor, string reason);
}
