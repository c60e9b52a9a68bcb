using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Hosting.Tls;

/// <summary>TLS 1.2 and 1.3 on a listener. Callers' certificates are checked here; what they allow is decided at the door.</summary>
internal static class TlsListener
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public static void UseTls(this ListenOptions listen, GatewayOptions options)
    {
        var files = listen.ApplicationServices.GetRequiredService<CertificateFiles>();
        HandshakeTransport.Around(listen, () => listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = TimeSpan.FromSeconds(options.TlsHandshakeSecs),
            OnConnection = _ => new(For(files.Current, options.RequiresClientCertificates)),
        }));
    }

    private static SslServerAuthenticationOptions For(ServerIdentity identity, bool required)
    {
        var authentication = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = identity.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
        if (identity.Authorities.Count == 0) return authentication;
        authentication.ClientCertificateRequired = true;
        authentication.CertificateChainPolicy = PolicyOf(identity.Authorities);
        authentication.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is null ? !required : (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        return authentication;
    }

    /// <summary>Only what the given authorities vouch for. Nothing is fetched: neither missing certificates nor lists of revoked ones.</summary>
    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return policy;
    }
}
