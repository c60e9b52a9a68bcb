using System.Security.Cryptography;
using System.Text;
using Gateway.Tests.Http;

namespace Gateway.Tests.Documentation;

public sealed class DocsPageTests
{
    [Fact]
    public async Task Page_Served_CarriesAPolicyThatAllowsItsOwnPartsOnly()
    {
        await using var gateway = await RunningGateway.StartAsync();

        using var answer = await gateway.Client.GetAsync("/docs");

        var page = await answer.Content.ReadAsStringAsync();
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{HashOf(page, "style")}';", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{HashOf(page, "script")}';", policy, StringComparison.Ordinal);
        Assert.Equal(
            ("nosniff", "DENY", "no-referrer", "same-origin"),
            (Header("X-Content-Type-Options"), Header("X-Frame-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Opener-Policy")));

        string Header(string name) => Assert.Single(answer.Headers.GetValues(name));
    }

    [Fact]
    public async Task Page_Served_NeedsNothingFromOutside()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var page = await gateway.Client.GetStringAsync("/docs");

        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", page, StringComparison.Ordinal);
    }

    private static string HashOf(string page, string tag)
    {
        var start = page.IndexOf($"<{tag}>", StringComparison.Ordinal) + tag.Length + 2;
        var text = page[start..page.IndexOf($"</{tag}>", StringComparison.Ordinal)];
        return $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
    }
}
