using Serving.Documents;

namespace Serving.Access.Policy;

/// <summary>
/// Reads the policy's file: <c>{"certificates": [{"subject", "grants"}], "jwt": {"issuer", "audience", "jwks_file" | "jwks_url",
/// "refresh_seconds", "grants": [{"claim", "value", "scope", "models"}]}}</c>.
/// </summary>
public static class AccessPolicyJson
{
    private const int MaxBytes = 1 << 20;
    private const int MaxRules = 1000;
    private const int MaxText = 1024;
    private const int DefaultRefresh = 300;

    public static Outcome<AccessPolicy> Read(ReadOnlyMemory<byte> json)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Parse(json, MaxBytes, faults);
        if (faults.Any) return faults.ToError();
        var certificates = new List<CertificateRule>();
        foreach (var (item, path) in fields.Objects("certificates", MaxRules))
        {
            var subject = Text(item, "subject", faults);
            certificates.Add(new CertificateRule(subject, KeyJson.ReadGrants(item, path + ".", faults)));
            item.RefuseOthers();
        }

        var tokens = fields.Object("jwt") is { } jwt ? ReadIssuer(jwt, faults) : null;
        fields.RefuseOthers();
        if (certificates.Count == 0 && tokens is null && !faults.Any) faults.Add("the policy lets nobody in; give it certificates or jwt");
        return faults.Any ? faults.ToError() : new AccessPolicy(certificates, tokens);
    }

    private static TokenIssuer ReadIssuer(DocumentFields jwt, DocumentFaults faults)
    {
        var (issuer, audience) = (Text(jwt, "issuer", faults), Text(jwt, "audience", faults));
        var file = jwt.String("jwks_file", MaxText);
        var url = ReadUrl(jwt, faults);
        if (file is null == url is null && !faults.Any) faults.Add("jwt must have one of jwks_file and jwks_url");
        var refresh = jwt.Integer("refresh_seconds", 10, 86_400) ?? DefaultRefresh;
        var rules = new List<ClaimRule>();
        foreach (var (item, path) in jwt.Objects("grants", MaxRules, required: true))
            rules.Add(new ClaimRule(Text(item, "claim", faults), Text(item, "value", faults), KeyJson.ReadGrant(item, path, faults)));
        jwt.RefuseOthers();
        return new TokenIssuer(issuer, audience, file, url, TimeSpan.FromSeconds(refresh), rules);
    }

    private static Uri? ReadUrl(DocumentFields jwt, DocumentFaults faults)
    {
        if (jwt.String("jwks_url", MaxText) is not { } text) return null;

        // Whoever can change the keys on their way can come in as anybody.
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url is { Scheme: "http", IsLoopback: true })) return url;
        faults.Add("jwt.jwks_url must be an https address");
        return null;
    }

    private static string Text(DocumentFields fields, string name, DocumentFaults faults)
    {
        var text = fields.String(name, MaxText, required: true);
        if (text is { Length: 0 }) faults.Add($"{fields.PathOf(name)} must not be empty");
        return text ?? "";
    }
}
