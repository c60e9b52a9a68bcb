using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Hosting.Tls;

/// <summary>What the server shows of itself, and by whom its callers must be certified. Immutable.</summary>
/// <param name="Certificate">The certificate with its key and the intermediate ones.</param>
/// <param name="Authorities">Whose certificates callers may show; empty when none are asked for.</param>
internal sealed record ServerIdentity(SslStreamCertificateContext Certificate, X509Certificate2Collection Authorities)
{
    /// <param name="certificate">PEM: the certificate, then those between it and its authority.</param>
    /// <param name="key">PEM: its private key, not encrypted.</param>
    /// <param name="authorities">PEM: certificates of authorities; empty for none.</param>
    /// <exception cref="CryptographicException">They are not that, or do not belong together.</exception>
    public static ServerIdentity Read(string certificate, string key, string authorities)
    {
        var leaf = Read(certificate, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        chain.RemoveAt(0);
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPem(authorities);
        return new ServerIdentity(SslStreamCertificateContext.Create(leaf, chain, offline: true), trusted);
    }

    private static X509Certificate2 Read(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (ArgumentException fault)
        {
            throw new CryptographicException("the key is not the one of the certificate", fault);
        }
    }
}
