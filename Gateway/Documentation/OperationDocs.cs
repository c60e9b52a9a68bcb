using Gateway.Http;

namespace Gateway.Documentation;

/// <summary>
/// One entry for each operation, by verb and pattern. Where an operation may name a version or a label as well, one entry is for
/// all: those parts are left out of its pattern. An operation without an entry fails a test.
/// </summary>
internal static class OperationDocs
{
    private const string Server = "Server";
    private const string Models = "Models";
    private const string Inference = "Inference";
    private const string Repository = "Repository";
    private const string Traffic = "Traffic";
    private const string Drift = "Drift";
    private const string Settings = "Settings";
    private const string Access = "Access";
    private const string TensorFlow = "TensorFlow Serving and KServe v1";

    internal static readonly IReadOnlyDictionary<string, OperationDoc> All = new Dictionary<string, OperationDoc>
    {
        ["GET /v2"] = new(Server, "The server's name, version and extensions", "ServerMetadata"),
        ["GET /v2/health/live"] = new(Server, "Whether the server runs", "Live"),
        ["GET /v2/health/ready"] = new(Server, "Whether every model that should be served is ready", "Ready"),
        ["GET /metrics"] = new(Server, "Numbers for Prometheus; OpenMetrics where that is accepted", "Text", ResponseType: "text/plain"),
        ["GET /openapi.json"] = new(Server, "This description", "Document"),
        ["GET /docs"] = new(Server, "A page to read this description and try the operations", "Text", ResponseType: "text/html"),

        ["GET /v2/models/{model}"] = new(Models, "The model's signature and ready versions", "ModelMetadata"),
        ["GET /v2/models/{model}/ready"] = new(Models, "Whether the model is ready to answer", "ModelReady"),
        ["GET /v2/models/{model}/config"] = new(Models, "The model's effective configuration, as Triton writes it", "Document"),
        ["GET /v2/models/{model}/stats"] = new(Models, "The model's cumulative statistics", "Statistics"),
        ["GET /v2/models/stats"] = new(Models, "Cumulative statistics of all models", "Statistics"),

        ["POST /v2/models/{model}/infer"] = new(
            Inference, "Runs the model; tensors may also be binary, behind the JSON", "InferenceResponse", "InferenceRequest"),

        ["POST /v2/repository/index"] = new(Repository, "Every model and version with its state", "RepositoryIndex", "RepositoryIndexRequest"),
        ["POST /v2/repository/models/{model}/load"] = new(Repository, "Loads a model, or loads it again; in explicit mode only", null, "LoadRequest"),
        ["POST /v2/repository/models/{model}/unload"] = new(Repository, "Unloads a model; in explicit mode only", null, "UnloadRequest"),

        ["GET /v2/models/{model}/traffic"] = new(Traffic, "How the model's traffic is divided over its versions", "TrafficDocument"),
        ["PUT /v2/models/{model}/traffic"] = new(Traffic, "Divides the model's traffic anew", "TrafficDocument", "TrafficDocument") { Conditional = true },
        ["DELETE /v2/models/{model}/traffic"] = new(Traffic, "Lets the highest ready version answer everything") { Conditional = true },
        ["GET /v2/models/{model}/traffic/shadows"] = new(Traffic, "How the shadows compare with the answers given", "Document"),
        ["POST /v2/models/{model}/rollout"] = new(Traffic, "Begins a rollout to another version, step by step and guarded", "Document", "RolloutSpec"),
        ["GET /v2/models/{model}/rollout"] = new(Traffic, "The rollout's state, counts, evidence and decisions", "Document"),
        ["DELETE /v2/models/{model}/rollout"] = new(Traffic, "Rolls back at once", "Document"),

        ["GET /v2/drift"] = new(Drift, "Drift of all models that are watched", "Document"),
        ["GET /v2/models/{model}/drift"] = new(Drift, "The version's open window and the last closed ones, newest first", "Document"),
        ["GET /v2/models/{model}/drift/events"] = new(Drift, "Alerts raised and cleared", "Document"),
        ["GET /v2/models/{model}/baseline"] = new(Drift, "What the version's inputs are compared with", "Document"),
        ["PUT /v2/models/{model}/baseline"] = new(Drift, "Sets the baseline by columns, CSV, or from the next requests", "Document", "Baseline"),
        ["DELETE /v2/models/{model}/baseline"] = new(Drift, "Stops watching the version"),

        ["POST /v2/models/{model}/feedback"] = new(Drift, "The truth about instances that were answered, by request id", "FeedbackReceipt", "Feedback"),
        ["GET /v2/models/{model}/quality"] = new(Drift, "How right the version is, as far as the truth has come back", "Document"),

        ["GET /v2/logging"] = new(Settings, "What is logged", "LogSettings"),
        ["POST /v2/logging"] = new(Settings, "Changes what is logged", "LogSettings", "LogSettings"),
        ["GET /v2/trace/setting"] = new(Settings, "Which requests are traced", "TraceSettings"),
        ["POST /v2/trace/setting"] = new(Settings, "Changes which requests are traced", "TraceSettings", "TraceSettings"),
        ["GET /v2/models/{model}/trace/setting"] = new(Settings, "Which requests of the model are traced", "TraceSettings"),
        ["POST /v2/models/{model}/trace/setting"] = new(
            Settings, "Changes which requests of the model are traced; null takes a choice back", "TraceSettings", "TraceSettings"),

        ["GET /v2/keys"] = new(Access, "All keys, without their secrets", "Document"),
        ["POST /v2/keys"] = new(Access, "Makes a key; its secret is told this once", "Document", "KeySpec"),
        ["GET /v2/keys/{key}"] = new(Access, "A key, without its secrets", "Document"),
        ["DELETE /v2/keys/{key}"] = new(Access, "Revokes the key at once and for good", "Document"),
        ["POST /v2/keys/{key}/rotate"] = new(Access, "Gives the key another secret; the old one may hold on for a while", "Document", "KeyRotation"),
        ["PUT /v2/keys/{key}/limits"] = new(Access, "Limits what the key may ask for", "Document", "Limits"),
        ["DELETE /v2/keys/{key}/limits"] = new(Access, "Lifts the key's limits", "Document"),
        ["GET /v2/models/{model}/limits"] = new(Access, "What all callers together may ask of the model", "Limits"),
        ["PUT /v2/models/{model}/limits"] = new(Access, "Limits what all callers together may ask of the model", "Limits", "Limits"),
        ["DELETE /v2/models/{model}/limits"] = new(Access, "Lifts the model's limits"),
        ["GET /v2/audit"] = new(Access, "Who changed what, in order", "Document"),

        ["GET /v1/models/{model}"] = new(TensorFlow, "The states of the model's versions", "VersionStatus"),
        ["GET /v1/models/{model}/metadata"] = new(TensorFlow, "The model's signature", "Document"),
        ["POST /v1/models/{model}:predict"] = new(
            TensorFlow, "Runs the model on rows (instances) or columns (inputs)", "PredictResponse", "PredictRequest"),
        ["POST /v1/models/{model}:classify"] = new(TensorFlow, "Scores each class for each example", "Results", "ExamplesRequest"),
        ["POST /v1/models/{model}:regress"] = new(TensorFlow, "A number for each example", "Results", "ExamplesRequest"),
    };

    /// <summary>The operation's entry, or null.</summary>
    public static OperationDoc? Of(Operation operation) =>
        operation.OwnDoc ?? All.GetValueOrDefault(KeyOf(operation));

    /// <summary>What is told of an operation that one edition has and the other has not.</summary>
    public static OperationDoc OfProgram(string summary, string schema) => new(Server, summary) { OwnSchema = schema };

    internal static string KeyOf(Operation operation) => $"{operation.Method} "
        + operation.Pattern.Replace("/versions/{version}", "", StringComparison.Ordinal).Replace("/labels/{label}", "", StringComparison.Ordinal);
}
