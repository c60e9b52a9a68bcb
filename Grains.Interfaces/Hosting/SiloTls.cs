using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;
using Orleans.Hosting;

namespace Grains.Hosting;

/// <summary>Encrypts the cluster's connections, with proof of identity on both sides.</summary>
public static class SiloTls
{
    /// <summary>The name that is asked for in the handshake. Who may join is the authority's word, whatever the host is called.</summary>
    private const string TargetHost = "silo";

    public static ISiloBuilder UseSiloTls(this ISiloBuilder silo, SiloTlsOptions options)
    {
        var (own, trusted) = Read(options);
        return silo.UseTls(own, tls => Configure(tls, trusted));
    }

    public static IClientBuilder UseSiloTls(this IClientBuilder client, SiloTlsOptions options)
    {
        var (own, trusted) = Read(options);
        return client.UseTls(own, tls => Configure(tls, trusted));
    }

    /// <summary>Why a certificate is not trusted, or null when the authority vouches for it.</summary>
    internal static string? Distrust(X509Certificate2? shown, X509Certificate2Collection trusted)
    {
        if (shown is null) return "no certificate was shown";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(shown) ? null : string.Join("; ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()));
    }

    private static (X509Certificate2 Own, X509Certificate2Collection Trusted) Read(SiloTlsOptions options)
    {
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPemFile(options.AuthorityFile);
        return (X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile), trusted);
    }

    private static void Configure(TlsOptions tls, X509Certificate2Collection trusted)
    {
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.CheckCertificateRevocation = false;
        tls.RemoteCertificateValidation = (certificate, _, _) => Distrust(certificate, trusted) is null;
        tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = TargetHost;
    }
}
