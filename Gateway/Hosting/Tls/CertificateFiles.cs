using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting.Tls;

/// <summary>
/// Certificate, key and authorities as their files hold them now. A handshake looks at most once a second whether they have changed, so
/// that a new certificate is shown from the next connection on and those that are open go on. What cannot be read, or does not belong
/// together (two files are never replaced at once), leaves the last good ones in force.
/// </summary>
/// <remarks>Contents are compared, not times: where files are links, as in Kubernetes, the links' times stay.</remarks>
internal sealed partial class CertificateFiles
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly string[] paths;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private string[] seen;
    private long looked;
    private volatile ServerIdentity current;

    /// <exception cref="StartupFaultException">They cannot be used.</exception>
    public CertificateFiles(GatewayOptions options, TimeProvider clock, ILogger<CertificateFiles> logger)
    {
        (this.clock, this.logger) = (clock, logger);
        paths = [options.TlsCertificate, options.TlsKey, options.TlsClientCa];
        try
        {
            seen = ReadAll();
            current = ServerIdentity.Read(seen[0], seen[1], seen[2]);
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            throw new StartupFaultException([$"--tls-certificate {paths[0]} with --tls-key {paths[1]}: {fault.Message}"]);
        }

        looked = clock.GetTimestamp();
    }

    public ServerIdentity Current
    {
        get
        {
            if (clock.GetElapsedTime(Interlocked.Read(ref looked)) >= LookAgain && gate.TryEnter())
            {
                try
                {
                    Look();
                }
                finally
                {
                    gate.Exit();
                }
            }

            return current;
        }
    }

    private void Look()
    {
        Interlocked.Exchange(ref looked, clock.GetTimestamp());
        try
        {
            var now = ReadAll();
            if (now.AsSpan().SequenceEqual(seen)) return;

            // Also where they are no good: what is wrong is told once.
            seen = now;
            current = ServerIdentity.Read(now[0], now[1], now[2]);
            LogRead(current.Certificate.TargetCertificate.Subject, current.Certificate.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            LogKept(fault.Message);
        }
    }

    private string[] ReadAll() => [.. paths.Select(path => path.Length == 0 ? "" : File.ReadAllText(path))];

    private static bool IsExpected(Exception fault) => fault is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(EventId = 40, Level = LogLevel.Information, Message = "A new certificate is in use: {Subject}, until {NotAfter:u}")]
    private partial void LogRead(string subject, DateTime notAfter);

    [LoggerMessage(EventId = 41, Level = LogLevel.Warning, Message = "The certificate's files have changed and cannot be used; the last good one stays in use: {Reason}")]
    private partial void LogKept(string reason);
}
