using Gateway.Http;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>
/// What the gateway itself is told, from the section <see cref="SettingTable.Section"/>. Already checked when it is read.
/// </summary>
public sealed record GatewayOptions
{
    /// <summary>An IP address, or <c>localhost</c>.</summary>
    public string HttpAddress { get; init; } = "127.0.0.1";

    public int HttpPort { get; init; } = 8000;

    public int GrpcPort { get; init; } = 8001;

    /// <summary>Bytes of a request body as sent.</summary>
    public long MaxRequestBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of a request body after decompression.</summary>
    public int MaxDecompressedBytes { get; init; } = 64 << 20;

    /// <summary>Bytes after decompression for each byte sent, of bodies that become larger than a megabyte.</summary>
    public int MaxDecompressionRatio { get; init; } = 100;

    /// <summary>Bytes of request bodies that did not fit in one transport block, over all requests under way.</summary>
    public long MaxBufferedBytes { get; init; } = 1L << 30;

    public int MaxRequestLineBytes { get; init; } = 8 << 10;

    public int MaxRequestHeaderBytes { get; init; } = 32 << 10;

    public int MaxConnections { get; init; } = 16 << 10;

    /// <summary>gRPC calls open on one connection.</summary>
    public int GrpcStreamsPerConnection { get; init; } = 1024;

    /// <summary>Requests of one gRPC stream that may be under way; the next is read when one of them is answered.</summary>
    public int GrpcStreamRequests { get; init; } = 256;

    /// <summary>Seconds that requests under way have to end when the server stops.</summary>
    public int ShutdownSecs { get; init; } = 30;

    /// <summary>Where traces of requests are appended; empty for nowhere.</summary>
    public string TraceFile { get; init; } = "";

    /// <summary>Whether numbers are kept and served at <c>/metrics</c>.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>Whether <c>/metrics</c> also has Triton's names.</summary>
    public bool TritonMetricNames { get; init; }

    /// <summary>Where spans and numbers are sent by OTLP; empty for nowhere.</summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary><c>grpc</c> or <c>http</c>.</summary>
    public string OtlpProtocol { get; init; } = "grpc";

    /// <summary>The share of requests that become traces, of those whose caller did not decide.</summary>
    public double OtlpTraceRatio { get; init; } = 0.1;

    /// <summary>Seconds between two sendings of numbers; 0 to send none.</summary>
    public int OtlpMetricsSecs { get; init; } = 60;

    /// <summary>The share of requests that get a line in the log.</summary>
    public double RequestLogShare { get; init; }

    /// <summary>Where captured requests go; empty for nowhere.</summary>
    public string CaptureDir { get; init; } = "";

    /// <summary>Bytes of one file of captured requests.</summary>
    public long CaptureFileBytes { get; init; } = 64L << 20;

    /// <summary>Files of captured requests of one model.</summary>
    public int CaptureFiles { get; init; } = 4;

    /// <summary>Whether a server that others can reach may start without keys.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Wrong credentials that one address may send a minute.</summary>
    public int AuthFailuresPerMinute { get; init; } = 60;

    /// <summary>PEM files of the certificate, its chain and its key; empty for no TLS.</summary>
    public string TlsCertificate { get; init; } = "";

    public string TlsKey { get; init; } = "";

    /// <summary>PEM file of the authorities of callers' certificates; empty when none are asked for.</summary>
    public string TlsClientCa { get; init; } = "";

    /// <summary><c>optional</c>, or <c>required</c>: no connection without one.</summary>
    public string TlsClientCertificates { get; init; } = "optional";

    /// <summary>Seconds that a handshake may take.</summary>
    public int TlsHandshakeSecs { get; init; } = 10;

    /// <summary>The file of the <see cref="Serving.Access.Policy.AccessPolicy"/>; empty for none.</summary>
    public string AccessPolicy { get; init; } = "";

    /// <summary>Origins of pages that may call from a browser; <c>*</c> for all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Headers of a request.</summary>
    public int MaxRequestHeaders { get; init; } = 100;

    /// <summary>Seconds in which a request's headers must have come.</summary>
    public int HeaderTimeoutSecs { get; init; } = 30;

    /// <summary>Seconds that a connection may be idle between requests.</summary>
    public int KeepAliveSecs { get; init; } = 130;

    /// <summary>Bytes a second that a body must come with, after <see cref="BodyGraceSecs"/>; 0 for any.</summary>
    public int MinBodyBytesPerSecond { get; init; } = 240;

    public int BodyGraceSecs { get; init; } = 5;

    internal InflationLimits Inflation => new(MaxDecompressedBytes, MaxDecompressionRatio);

    public bool UsesTls => TlsCertificate.Length > 0;

    public bool RequiresClientCertificates => TlsClientCertificates == "required";

    /// <summary>Written out: a binder that looks the properties up compiles a stub for each at every start.</summary>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        var (values, usual) = (new SettingValues(configuration.GetSection(SettingTable.Section)), new GatewayOptions());
        return new GatewayOptions
        {
            HttpAddress = values.Read(nameof(HttpAddress), usual.HttpAddress),
            HttpPort = values.Read(nameof(HttpPort), usual.HttpPort),
            GrpcPort = values.Read(nameof(GrpcPort), usual.GrpcPort),
            MaxRequestBytes = values.Read(nameof(MaxRequestBytes), usual.MaxRequestBytes),
            MaxDecompressedBytes = values.Read(nameof(MaxDecompressedBytes), usual.MaxDecompressedBytes),
            MaxDecompressionRatio = values.Read(nameof(MaxDecompressionRatio), usual.MaxDecompressionRatio),
            MaxBufferedBytes = values.Read(nameof(MaxBufferedBytes), usual.MaxBufferedBytes),
            MaxRequestLineBytes = values.Read(nameof(MaxRequestLineBytes), usual.MaxRequestLineBytes),
            MaxRequestHeaderBytes = values.Read(nameof(MaxRequestHeaderBytes), usual.MaxRequestHeaderBytes),
            MaxConnections = values.Read(nameof(MaxConnections), usual.MaxConnections),
            GrpcStreamsPerConnection = values.Read(nameof(GrpcStreamsPerConnection), usual.GrpcStreamsPerConnection),
            GrpcStreamRequests = values.Read(nameof(GrpcStreamRequests), usual.GrpcStreamRequests),
            ShutdownSecs = values.Read(nameof(ShutdownSecs), usual.ShutdownSecs),
            TraceFile = values.Read(nameof(TraceFile), usual.TraceFile),
            Metrics = values.Read(nameof(Metrics), usual.Metrics),
            TritonMetricNames = values.Read(nameof(TritonMetricNames), usual.TritonMetricNames),
            OtlpEndpoint = values.Read(nameof(OtlpEndpoint), usual.OtlpEndpoint),
            OtlpProtocol = values.Read(nameof(OtlpProtocol), usual.OtlpProtocol),
            OtlpTraceRatio = values.Read(nameof(OtlpTraceRatio), usual.OtlpTraceRatio),
            OtlpMetricsSecs = values.Read(nameof(OtlpMetricsSecs), usual.OtlpMetricsSecs),
            RequestLogShare = values.Read(nameof(RequestLogShare), usual.RequestLogShare),
            CaptureDir = values.Read(nameof(CaptureDir), usual.CaptureDir),
            CaptureFileBytes = values.Read(nameof(CaptureFileBytes), usual.CaptureFileBytes),
            CaptureFiles = values.Read(nameof(CaptureFiles), usual.CaptureFiles),
            AllowAnonymous = values.Read(nameof(AllowAnonymous), usual.AllowAnonymous),
            AuthFailuresPerMinute = values.Read(nameof(AuthFailuresPerMinute), usual.AuthFailuresPerMinute),
            TlsCertificate = values.Read(nameof(TlsCertificate), usual.TlsCertificate),
            TlsKey = values.Read(nameof(TlsKey), usual.TlsKey),
            TlsClientCa = values.Read(nameof(TlsClientCa), usual.TlsClientCa),
            TlsClientCertificates = values.Read(nameof(TlsClientCertificates), usual.TlsClientCertificates),
            TlsHandshakeSecs = values.Read(nameof(TlsHandshakeSecs), usual.TlsHandshakeSecs),
            AccessPolicy = values.Read(nameof(AccessPolicy), usual.AccessPolicy),
            MaxRequestHeaders = values.Read(nameof(MaxRequestHeaders), usual.MaxRequestHeaders),
            HeaderTimeoutSecs = values.Read(nameof(HeaderTimeoutSecs), usual.HeaderTimeoutSecs),
            KeepAliveSecs = values.Read(nameof(KeepAliveSecs), usual.KeepAliveSecs),
            MinBodyBytesPerSecond = values.Read(nameof(MinBodyBytesPerSecond), usual.MinBodyBytesPerSecond),
            BodyGraceSecs = values.Read(nameof(BodyGraceSecs), usual.BodyGraceSecs),
            CorsOrigins = ServingConfiguration.List(configuration, nameof(CorsOrigins)),
        };
    }
}
