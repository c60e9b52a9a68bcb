using System.Security.Cryptography;
using System.Text;

namespace Gateway.Documentation;

/// <summary>
/// The page at <c>/docs</c>: one file with its style and script within, and a policy that lets nothing else be loaded or run: its
/// own two by their hashes, and requests to this server.
/// </summary>
internal sealed class DocsPage
{
    private DocsPage(string html, string policy) => (Html, Policy) = (Encoding.UTF8.GetBytes(html), policy);

    public ReadOnlyMemory<byte> Html { get; }

    /// <summary>What it may do, see <see cref="Gateway.Pages.PageHeaders"/>.</summary>
    public string Policy { get; }

    public static DocsPage Make()
    {
        var (style, script) = (Read("docs.css"), Read("docs.js"));
        var html = Read("docs.html").Replace("/*style*/", style, StringComparison.Ordinal)
            .Replace("/*script*/", script, StringComparison.Ordinal);
        return new DocsPage(
            html,
            $"style-src {Hash(style)}; script-src {Hash(script)}; connect-src 'self'");
    }

    // A browser hashes what it reads, in which every line ends with a line feed.
    private static string Read(string name) => Encoding.UTF8.GetString(Resource.Read(name).Span).ReplaceLineEndings("\n");

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
