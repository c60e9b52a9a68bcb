using System.Text;
using Gateway.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Serving.Access.Policy;

namespace Gateway.Access.Tokens;

/// <summary>
/// The issuer's public keys, read again and again. What cannot be read leaves the last good ones in force. Keys of a file must be there at
/// the start; keys of an address may come later, and until then nobody gets in by token.
/// </summary>
internal sealed partial class SigningKeys : BackgroundService
{
    private const int MostBytes = 1 << 20;
    private const int MostKeys = 64;

    /// <summary>The least time between two readings.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly TokenIssuer issuer;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MostBytes };
    private readonly SemaphoreSlim missed = new(0, 1);
    private string known = "";
    private volatile IReadOnlyList<SecurityKey> current = [];

    /// <exception cref="StartupFaultException">There is a file, and it has no keys.</exception>
    public SigningKeys(TokenIssuer issuer, TimeProvider clock, ILogger<SigningKeys> logger)
    {
        (this.issuer, this.clock, this.logger) = (issuer, clock, logger);
        if (issuer.KeysFile is not { } file) return;
        try
        {
            Take(File.ReadAllText(file));
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            throw new StartupFaultException([$"the keys of jwks_file {file} cannot be used: {fault.Message}"]);
        }
    }

    /// <summary>An immutable list, another one after each change.</summary>
    public IReadOnlyList<SecurityKey> Current => current;

    /// <summary>A token came with a key that is not known: the issuer may have changed its keys.</summary>
    public void Miss()
    {
        lock (missed)
        {
            if (missed.CurrentCount == 0) missed.Release();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        http.Dispose();
        missed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var good = await TryReadAsync(stoppingToken);

            // However many unknown keys strangers invent, the issuer is asked no oftener.
            await Task.Delay(Soon, clock, stoppingToken);
            if (good && issuer.Refresh > Soon) await missed.WaitAsync(issuer.Refresh - Soon, stoppingToken);
        }
    }

    private async Task<bool> TryReadAsync(CancellationToken cancellation)
    {
        try
        {
            Take(issuer.KeysFile is { } file ? await File.ReadAllTextAsync(file, cancellation) : await http.GetStringAsync(issuer.KeysUrl, cancellation));
            return true;
        }
        catch (Exception fault) when (IsExpected(fault) || fault is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            LogKept(issuer.KeysFile ?? issuer.KeysUrl!.ToString(), fault.Message);
            return false;
        }
    }

    private void Take(string json)
    {
        if (json == known) return;
        if (Encoding.UTF8.GetByteCount(json) > MostBytes) throw new InvalidDataException($"it is larger than {MostBytes} bytes");
        var keys = new JsonWebKeySet(json).Keys.Where(key => key.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve && key.Use is null or "" or "sig")
            .Take(MostKeys).ToArray<SecurityKey>();
        if (keys.Length == 0) throw new InvalidDataException("it has no RSA or EC key for signatures");
        (current, known) = (keys, json);
        LogTaken(keys.Length, issuer.Issuer);
    }

    private static bool IsExpected(Exception fault) =>
        fault is IOException or UnauthorizedAccessException or HttpRequestException or InvalidDataException or ArgumentException or System.Text.Json.JsonException;

    [LoggerMessage(EventId = 42, Level = LogLevel.Information, Message = "{Count} signing key(s) of {Issuer} are in use")]
    private partial void LogTaken(int count, string issuer);

    [LoggerMessage(EventId = 43, Level = LogLevel.Warning, Message = "The signing keys at {Place} cannot be read; the last good ones stay in use: {Reason}")]
    private partial void LogKept(string place, string reason);
}
