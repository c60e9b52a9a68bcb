using System.Text;
using System.Text.Json;
using Serving.Drift;
using Serving.Drift.Observing;
using Serving.Models.Config.Reading;
using Serving.Models.Config;

namespace Serving.Tests.Drift.Alerts;

public sealed class WebhookConfigTests
{
    [Theory]
    [InlineData("""[{"url":"ftp://a/"}]""", "webhooks[0].url must be an absolute http or https address")]
    [InlineData("""[{"url":"/hook"}]""", "webhooks[0].url must be an absolute http or https address")]
    [InlineData("""[{"url":"http://me:word@a/"}]""", "webhooks[0].url must be an absolute http or https address without credentials")]
    [InlineData("""[{"secret":"s"}]""", "webhooks[0].url is required")]
    [InlineData("""[{"url":"http://a/","secret":"s","secret_env":"S"}]""", "webhooks[0] needs either 'secret' or 'secret_env', not both")]
    [InlineData("""[{"url":"http://a/","secret":"(hidden)"}]""", "webhooks[0].secret must be the secret itself")]
    [InlineData("""[{"url":"http://a/"},{"url":"http://a/"}]""", "webhooks[1].url is given twice")]
    [InlineData("""[{"url":"http://a/","retries":3}]""", "webhooks[0].retries is not a field here")]
    [InlineData("""[{"url":"http://a/","secret_env":"NO_SUCH_VARIABLE"}]""", "the environment variable 'NO_SUCH_VARIABLE' is not set")]
    public void Read_Fault_IsToldByField(string webhooks, string sentence)
    {
        using var section = JsonDocument.Parse($$"""{"webhooks":{{webhooks}}}""");

        Assert.Contains(sentence, DriftSettings.Read(section.RootElement).Error!.Message);
    }

    [Fact]
    public void Read_Secret_SignsAndIsShownNowhere()
    {
        var config = ConfigSamples.Json("""{"name": "m", "serving": {"drift": {"window": {"count": 500}, "webhooks": [{"url": "https://a.example/token", "secret": "knock"}]}}}""").Value;
        var webhook = Assert.Single(DriftSettings.Read(config.Serving.Drift!.Root).Value.Webhooks);
        var shown = Encoding.UTF8.GetString(ConfigJsonWriter.Write(config).Span);

        Assert.Equal(("knock", "https://a.example"), (webhook.Secret, webhook.ToString()));
        Assert.DoesNotContain("knock", shown);
        Assert.Contains("\"secret\":\"(hidden)\"", shown);
        Assert.Contains("\"count\":500", shown);
    }
}
