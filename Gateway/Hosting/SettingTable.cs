using Gateway.Capture;

namespace Gateway.Hosting;

/// <summary>
/// Every value that can be set, by flag or by configuration (<c>Serving:HttpPort</c>, <c>Serving__HttpPort</c>). A key under
/// <see cref="Section"/> that is not in here is refused: an option without effect is a fault, not a surprise.
/// </summary>
public static class SettingTable
{
    public const string Section = "Serving";

    private const long MostBytes = 1L << 40;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("ModelRepositories", "DIR", "the model repository; may be given more than once")
        {
            Flag = "--model-repository", Default = "deploy/models when run from the checkout",
            Repeatable = true, Check = SettingChecks.ExistingDirectory,
        },
        new("ModelControlMode", "none|poll|explicit", "models fixed at start, watched, or loaded and unloaded by the API")
        {
            Flag = "--model-control-mode", Default = "poll", Check = SettingChecks.OneOf("none", "poll", "explicit"),
        },
        new("LoadModels", "NAME", "in explicit mode, a model to load at start; * for all; may be given more than once")
        {
            Flag = "--load-model", Repeatable = true, Check = SettingChecks.Any,
        },
        new("RepositoryPollSecs", "N", "in poll mode, seconds between two looks at the repository")
        {
            Flag = "--repository-poll-secs", Default = "2", Check = SettingChecks.Whole(1, 86_400),
        },
        new("HttpAddress", "ADDRESS", "the address to listen on")
        {
            Flag = "--http-address", Default = "127.0.0.1", Check = SettingChecks.Address,
        },
        new("HttpPort", "N", "the HTTP port; 0 picks a free one and prints it")
        {
            Flag = "--http-port", Default = "8000", Check = SettingChecks.Port,
        },
        new("GrpcPort", "N", "the gRPC port; 0 picks a free one and prints it")
        {
            Flag = "--grpc-port", Default = "8001", Check = SettingChecks.Port,
        },
        new("DataDir", "DIR", "where routes, baselines, windows and jobs are kept across restarts")
        {
            Flag = "--data-dir", Default = "a per-user data directory", Check = SettingChecks.Any,
        },
        new("LogFormat", "text|json", "log lines for people or for programs")
        {
            Flag = "--log-format", Default = "text", Check = SettingChecks.OneOf("text", "json"),
        },
        new("TraceFile", "FILE", "where traces are appended that the trace extension turns on; without it, it cannot")
        {
            Flag = "--trace-file", Check = SettingChecks.Any,
        },
        new("OnnxRuntimeLibrary", "FILE", "a build of ONNX Runtime to use instead of the one that came along")
        {
            Check = SettingChecks.ExistingFile,
        },
        new("MaxRequestBytes", "N", "bytes of a request body as sent")
        {
            Default = "67108864", Check = SettingChecks.Whole(1, MostBytes),
        },
        new("MaxDecompressedBytes", "N", "bytes of a request body after decompression")
        {
            Default = "67108864", Check = SettingChecks.Whole(1, 1 << 30),
        },
        new("MaxDecompressionRatio", "N", "bytes after decompression for each byte sent, beyond the first megabyte")
        {
            Default = "100", Check = SettingChecks.Whole(1, 10_000),
        },
        new("MaxBufferedBytes", "N", "bytes of request bodies held at one time; more are answered 503")
        {
            Default = "1073741824", Check = SettingChecks.Whole(1, MostBytes),
        },
        new("MaxRequestLineBytes", "N", "bytes of a request line") { Default = "8192", Check = SettingChecks.Whole(64, 1 << 20) },
        new("MaxRequestHeaderBytes", "N", "bytes of all headers of a request")
        {
            Default = "32768", Check = SettingChecks.Whole(256, 1 << 24),
        },
        new("MaxRequestHeaders", "N", "headers of a request") { Default = "100", Check = SettingChecks.Whole(8, 10_000) },
        new("HeaderTimeoutSecs", "N", "seconds in which the headers of a request must have come")
        {
            Default = "30", Check = SettingChecks.Whole(1, 3600),
        },
        new("MinBodyBytesPerSecond", "N", "bytes a second that a body must come with; 0 for any")
        {
            Default = "240", Check = SettingChecks.Whole(0, 1 << 30),
        },
        new("BodyGraceSecs", "N", "seconds before a body's pace counts") { Default = "5", Check = SettingChecks.Whole(2, 3600) },
        new("KeepAliveSecs", "N", "seconds that a connection may be idle between requests")
        {
            Default = "130", Check = SettingChecks.Whole(1, 86_400),
        },
        new("MaxConnections", "N", "connections open at one time")
        {
            Default = "16384", Check = SettingChecks.Whole(1, int.MaxValue),
        },
        new("GrpcStreamsPerConnection", "N", "gRPC calls open on one connection")
        {
            Default = "1024", Check = SettingChecks.Whole(1, 1 << 16),
        },
        new("GrpcStreamRequests", "N", "requests of one gRPC stream under way; the next waits until one is answered")
        {
            Default = "256", Check = SettingChecks.Whole(1, 1 << 16),
        },
        new("TlsCertificate", "FILE", "PEM file of the certificate and its chain: TLS on both ports; read again when it changes")
        {
            Flag = "--tls-certificate", Check = SettingChecks.ExistingFile,
        },
        new("TlsKey", "FILE", "PEM file of the certificate's private key")
        {
            Flag = "--tls-key", Check = SettingChecks.ExistingFile,
        },
        new("TlsClientCa", "FILE", "PEM file of the authorities whose certificates callers may show")
        {
            Flag = "--tls-client-ca", Check = SettingChecks.ExistingFile,
        },
        new("TlsClientCertificates", "optional|required", "whether a connection needs a certificate")
        {
            Flag = "--tls-client-certificates", Default = "optional", Check = SettingChecks.OneOf("optional", "required"),
        },
        new("TlsHandshakeSecs", "N", "seconds that a TLS handshake may take") { Default = "10", Check = SettingChecks.Whole(1, 3600) },
        new("AccessPolicy", "FILE", "JSON file that says what callers' certificates and tokens allow")
        {
            Flag = "--access-policy", Check = SettingChecks.ExistingFile,
        },
        new("CorsOrigins", "ORIGIN", "an origin whose pages may call from a browser; * for all; may be given more than once")
        {
            Flag = "--cors-origin", Repeatable = true, Check = SettingChecks.Origin,
        },
        new("AllowAnonymous", "true|false", "start without any key on an address that other machines can reach")
        {
            Flag = "--allow-anonymous", Default = "false", IsSwitch = true, Check = SettingChecks.OneOf("true", "false"),
        },
        new("AuthFailuresPerMinute", "N", "wrong credentials that one address may send a minute; more are answered 429")
        {
            Default = "60", Check = SettingChecks.Whole(1, 1_000_000),
        },
        new("Metrics", "true|false", "keep numbers and serve them at /metrics")
        {
            Default = "true", Check = SettingChecks.OneOf("true", "false"),
        },
        new("TritonMetricNames", "true|false", "serve the engine's numbers by Triton's names (nv_inference_*) as well")
        {
            Default = "false", Check = SettingChecks.OneOf("true", "false"),
        },
        new("OtlpEndpoint", "URL", "an OpenTelemetry collector to send traces and metrics to, such as http://127.0.0.1:4317")
        {
            Flag = "--otlp-endpoint", Check = SettingChecks.HttpUrl,
        },
        new("OtlpProtocol", "grpc|http", "what the collector speaks; http is OTLP's protobuf at /v1/traces and /v1/metrics")
        {
            Default = "grpc", Check = SettingChecks.OneOf("grpc", "http"),
        },
        new("OtlpTraceRatio", "R", "the share of requests traced, of those whose caller sent no context")
        {
            Default = "0.1", Check = SettingChecks.Share,
        },
        new("OtlpMetricsSecs", "N", "seconds between two sendings of metrics; 0 sends traces only")
        {
            Default = "60", Check = SettingChecks.Whole(0, 86_400),
        },
        new("RequestLogShare", "R", "the share of requests that get a line in the log, without what is in them")
        {
            Flag = "--request-log-share", Default = "0", Check = SettingChecks.Share,
        },
        new("Captures", "MODEL=R", "keep that share of a model's requests and answers, tensors included; may be given more than once")
        {
            Flag = "--capture", Repeatable = true, Check = value => CaptureRule.Parse(value) is null ? CaptureRule.Expected : null,
        },
        new("CaptureDir", "DIR", "where captured requests are written, one file a model")
        {
            Flag = "--capture-dir", Check = SettingChecks.Any,
        },
        new("CaptureFileBytes", "N", "bytes of one file of captured requests; then the next one begins")
        {
            Default = "67108864", Check = SettingChecks.Whole(1 << 10, MostBytes),
        },
        new("CaptureFiles", "N", "files of captured requests of one model; the oldest goes")
        {
            Default = "4", Check = SettingChecks.Whole(1, 1000),
        },
        new("ResponseCacheBytes", "N", "bytes that cached answers take, over all models with response_cache")
        {
            Default = "67108864", Check = SettingChecks.Whole(1 << 16, MostBytes),
        },
        new("MaxRunSecs", "N", "seconds that one run of a model may take; it is ended then, and its requests fail")
        {
            Default = "300", Check = SettingChecks.Whole(1, 86_400),
        },
        new("ShutdownSecs", "N", "seconds that requests under way have to end when the server stops")
        {
            Default = "30", Check = SettingChecks.Whole(0, 86_400),
        },
    ];

    public static Setting? ByKey(string key) =>
        All.FirstOrDefault(s => string.Equals(s.Key, key, StringComparison.OrdinalIgnoreCase));
}
