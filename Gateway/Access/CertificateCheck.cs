using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serving.Access;
using Serving.Access.Policy;

namespace Gateway.Access;

/// <summary>Tells who the holder of a certificate is that the handshake has found good. Asked once a connection.</summary>
internal sealed class CertificateCheck(IReadOnlyList<CertificateRule> rules)
{
    /// <summary>Null when there is no certificate. One that no rule names is somebody who may do nothing.</summary>
    public Principal? Open(HttpContext context)
    {
        if (context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate) return null;
        var connection = ConnectionCaller.Of(context);
        if (connection?.Holder is { } known) return known;
        var principal = PrincipalOf(certificate);
        if (connection is not null) connection.Holder = principal;
        return principal;
    }

    private Principal PrincipalOf(X509Certificate2 certificate)
    {
        foreach (var (subject, grants) in rules)
        {
            if (ModelPattern.Matches(subject, certificate.Subject)) return new Principal($"certificate:{certificate.Subject}", grants);
        }

        return new Principal($"certificate:{certificate.Subject}", []);
    }
}
