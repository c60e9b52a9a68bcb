using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Tests.Tls;

/// <summary>An authority that certifies servers and callers, with a folder for what it writes.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("serving-tls-").FullName;
    private readonly X509Certificate2 root;
    private byte serial;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(CaFile, root.ExportCertificatePem());
    }

    public string CertificateFile => Path.Combine(folder, "server.pem");

    public string KeyFile => Path.Combine(folder, "server.key");

    public string CaFile => Path.Combine(folder, "ca.pem");

    /// <summary>Writes a file beside them.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A server's certificate, in the two files, in the place of the one before.</summary>
    public void WriteServer(string name)
    {
        using var certificate = Issue($"CN={name}", "1.3.6.1.5.5.7.3.1");
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A caller's certificate with its key.</summary>
    public X509Certificate2 Issue(string subject, string use = "1.3.6.1.5.5.7.3.2")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(10), [1, ++serial]);
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    public void Dispose()
    {
        root.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
