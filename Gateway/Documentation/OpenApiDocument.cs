using System.Buffers;
using System.Text.Json;
using Gateway.Access;
using Gateway.Http;
using Serving.Access;

namespace Gateway.Documentation;

/// <summary>
/// The OpenAPI description of everything the HTTP side answers: paths and verbs from the table that answers them, words from
/// <see cref="OperationDocs"/>, shapes from <c>schemas.json</c>.
/// </summary>
internal static class OpenApiDocument
{
    private static readonly JsonWriterOptions Written = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<Operation> operations)
    {
        var bytes = new ArrayBufferWriter<byte>(64 << 10);
        using var json = new Utf8JsonWriter(bytes, Written);
        json.WriteStartObject();
        json.WriteString("openapi", "3.1.0");
        json.WriteStartObject("info");
        json.WriteString("title", "OrleansServing");
        json.WriteString("version", ServerOperations.Version);
        json.WriteString("description", "Inference by the Open Inference Protocol and TensorFlow Serving's REST, and the control of what is served.");
        json.WriteEndObject();
        json.WriteStartObject("paths");
        foreach (var path in operations.GroupBy(operation => operation.Pattern))
        {
            json.WriteStartObject(path.Key);
            foreach (var operation in path) WriteOperation(json, operation);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        WriteComponents(json);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void WriteOperation(Utf8JsonWriter json, Operation operation)
    {
        var doc = OperationDocs.Of(operation) ?? new OperationDoc("Other", operation.Kind.Name, "Document");
        json.WriteStartObject(operation.Method.ToLowerInvariant());
        json.WriteString("operationId", IdOf(operation));
        json.WriteString("summary", doc.Summary);
        json.WriteStartArray("tags");
        json.WriteStringValue(doc.Tag);
        json.WriteEndArray();
        WriteParameters(json, operation, doc);
        if (doc.Request is not null)
        {
            json.WriteStartObject("requestBody");
            WriteContent(json, "application/json", doc.Request);
            json.WriteEndObject();
        }

        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", "Done");
        if (doc.Response is not null) WriteContent(json, doc.ResponseType, doc.Response);
        else if (doc.OwnSchema is not null) WriteContent(json, doc.ResponseType, schema => schema.WriteRawValue(doc.OwnSchema));
        json.WriteEndObject();
        json.WriteStartObject("default");
        json.WriteString("description", "Refused or failed; the body says why");
        WriteContent(json, "application/json", "Error");
        json.WriteEndObject();
        json.WriteEndObject();
        WriteSecurity(json, operation.Kind);
        json.WriteEndObject();
    }

    /// <summary>Such as <c>post_v2_models_model_infer</c>: as unique as verb and pattern.</summary>
    private static string IdOf(Operation operation)
    {
        var words = operation.Pattern.Split(['/', '{', '}', ':', '.'], StringSplitOptions.RemoveEmptyEntries);
        return $"{operation.Method.ToLowerInvariant()}_{string.Join('_', words)}";
    }

    private static void WriteParameters(Utf8JsonWriter json, Operation operation, OperationDoc doc)
    {
        if (operation.Parameters.Count == 0 && !doc.Conditional) return;
        json.WriteStartArray("parameters");
        foreach (var name in operation.Parameters) WriteParameter(json, name, "path", required: true);
        if (doc.Conditional) WriteParameter(json, "If-Match", "header", required: false);
        json.WriteEndArray();
    }

    private static void WriteParameter(Utf8JsonWriter json, string name, string place, bool required)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("in", place);
        json.WriteBoolean("required", required);
        json.WriteStartObject("schema");
        json.WriteString("type", "string");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, string type, string schema) => WriteContent(json, type, content =>
    {
        content.WriteStartObject();
        content.WriteString("$ref", $"#/components/schemas/{schema}");
        content.WriteEndObject();
    });

    private static void WriteContent(Utf8JsonWriter json, string type, Action<Utf8JsonWriter> writeSchema)
    {
        json.WriteStartObject("content");
        json.WriteStartObject(type);
        json.WritePropertyName("schema");
        writeSchema(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Where access is controlled, a key with the scope; the empty alternative stands for where it is not.</summary>
    private static void WriteSecurity(Utf8JsonWriter json, OperationKind kind)
    {
        if (kind.Scope == AccessScope.None) return;
        json.WriteString("x-scope", kind.Scope.ToString().ToLowerInvariant());
        json.WriteStartArray("security");
        json.WriteStartObject();
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteStartArray("key");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteComponents(Utf8JsonWriter json)
    {
        json.WriteStartObject("components");
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("key");
        json.WriteString("type", "http");
        json.WriteString("scheme", "bearer");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WritePropertyName("schemas");
        using var schemas = JsonDocument.Parse(Resource.Read("schemas.json"));
        schemas.RootElement.WriteTo(json);
        json.WriteEndObject();
    }
}
