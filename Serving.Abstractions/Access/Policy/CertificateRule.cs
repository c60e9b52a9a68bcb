namespace Serving.Access.Policy;

/// <summary>What the holders of certain certificates may do.</summary>
/// <param name="Subject">A pattern of the certificate's subject, such as <c>CN=ci, O=acme</c>; see <see cref="ModelPattern"/>.</param>
/// <param name="Grants">What they may do.</param>
public sealed record CertificateRule(string Subject, IReadOnlyList<AccessGrant> Grants);
