namespace Grains.Hosting;

/// <summary>
/// Certificates for the connections between silos, and between silos and clients. Both sides of each connection show one, and each
/// accepts only what the cluster's own authority has signed.
/// </summary>
/// <param name="CertificateFile">This process's certificate, PEM, for servers and clients.</param>
/// <param name="KeyFile">Its private key, PEM.</param>
/// <param name="AuthorityFile">The certificates of the authorities that are trusted, PEM; the machine's own are not.</param>
public sealed record SiloTlsOptions(string CertificateFile, string KeyFile, string AuthorityFile);
