using System.Text;
using System.Text.Json;

namespace Serving.Routing;

public sealed class TrafficJsonTests
{
    private const string Whole = """
        {
          "variants": [ {"version": "1", "weight": 90, "label": "stable"}, {"version": "2", "weight": 10, "label": "canary"} ],
          "sticky_by": "header:x-user-id",
          "rules":    [ {"when": {"header": "x-tenant", "equals": "acme"}, "version": "2"},
                        {"when": {"parameter": "tier", "equals": "gold"}, "version": "stable"} ],
          "shadows":  [ {"version": "3", "percent": 20} ]
        }
        """;

    [Fact]
    public void Read_WholeDocument_HasEveryField()
    {
        var document = Read(Whole).Value;

        Assert.Equal([new("1", 90, "stable"), new("2", 10, "canary")], document.Variants);
        Assert.Equal(new AttributeSource(AttributeKind.Header, "x-user-id"), document.StickyBy);
        Assert.Equal(
            [
                new(new(AttributeKind.Header, "x-tenant"), "acme", "2"),
                new(new(AttributeKind.Parameter, "tier"), "gold", "stable"),
            ],
            document.Rules);
        Assert.Equal([new("3", 20)], document.Shadows);
    }

    [Fact]
    public void Write_WhatWasRead_ReadsTheSame()
    {
        var at = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
        var document = Read(Whole).Value with { Epoch = 7, UpdatedAt = at };

        var text = Text(document);
        var again = Read(text).Value;

        Assert.Equal(text, Text(again));
        Assert.Equal(7, again.Epoch);
        Assert.Equal(at, again.UpdatedAt);
        Assert.Contains("\"updated_at\":\"2026-11-01T10:00:00Z\"", text);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "the document must be an object")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "colour": 1}""", "colour is not a field here")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1, "wait": 1}]}""", "variants[0].wait is not a field here")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "variants": []}""", "variants is given twice")]
    [InlineData("{}", "variants is required")]
    [InlineData("""{"variants": {}}""", "variants must be an array of at most 32")]
    [InlineData("""{"variants": []}""", "at least one weight must be positive")]
    [InlineData("""{"variants": [{"version": "1", "weight": 0}]}""", "at least one weight must be positive")]
    [InlineData("""{"variants": [{"version": "1", "weight": -1}]}""", "variants[0].weight must be a whole number from 0")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1.5}]}""", "variants[0].weight must be a whole number")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1e99}]}""", "variants[0].weight must be a whole number")]
    [InlineData("""{"variants": [{"version": "1", "weight": null}]}""", "variants[0].weight is required")]
    [InlineData("""{"variants": [{"version": 1, "weight": 1}]}""", "variants[0].version must be a string")]
    [InlineData("""{"variants": [{"version": "01", "weight": 1}]}""", "'01' is not a version's number")]
    [InlineData("""{"variants": [{"version": "99999999999999999999", "weight": 1}]}""", "is not a version's number")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}, {"version": "1", "weight": 2}]}""", "variants[1].version 1 is given twice")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1, "label": "7"}]}""", "variants[0].label '7' must be a letter")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1, "label": "\ud800"}]}""", "variants[0].label must be a string")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "\udc00": 1}""", "is not a field here")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1, "label": "a"}, {"version": "2", "weight": 1, "label": "a"}]}""", "label 'a' is given twice")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "sticky_by": "cookie:x"}""", "sticky_by 'cookie:x' must be header:NAME or parameter:NAME")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "sticky_by": "header:x y"}""", "must be header:NAME")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "rules": [{"version": "1"}]}""", "rules[0].when is required")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "rules": [{"when": {"equals": "a"}, "version": "1"}]}""", "needs either a header or a parameter")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "rules": [{"when": {"header": "a", "parameter": "a", "equals": "a"}, "version": "1"}]}""", "needs either")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "rules": [{"when": {"header": "a", "equals": ""}, "version": "1"}]}""", "equals must not be empty")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "rules": [{"when": {"header": "a b", "equals": "c"}, "version": "1"}]}""", "'a b' is not the name of a header")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "rules": [{"when": {"header": "a", "equals": "c"}, "version": "blue"}]}""", "'blue' is neither a version's number nor a label")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "shadows": [{"version": "2", "percent": 0}]}""", "shadows[0].percent must be a number above 0 and at most 100")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "shadows": [{"version": "2", "percent": 101}]}""", "percent must be a number above 0")]
    [InlineData("""{"variants": [{"version": "2", "weight": 1, "label": "b"}], "shadows": [{"version": "2", "percent": 1}, {"version": "b", "percent": 1}]}""", "shadows[1].version b is given twice")]
    [InlineData("""{"variants": [{"version": "1", "weight": 1}], "updated_at": "yesterday"}""", "updated_at must be a time")]
    public void Read_Fault_IsToldByField(string json, string sentence)
    {
        var error = Read(json).Error;

        Assert.Equal(ErrorCode.InvalidRequest, error?.Code);
        Assert.Contains(sentence, error!.Message);
    }

    [Fact]
    public void Read_InvalidUtf8_IsRefused()
    {
        byte[] json = [.. """{"variants": [{"version": "1", "weight": 1, "label": "a"""u8, 0xff, .. "\"}]}"u8];

        Assert.Equal(ErrorCode.InvalidRequest, TrafficJson.Read(json).Error?.Code);
    }

    [Fact]
    public void Read_ManyFaults_AreAllInOneAnswer()
    {
        var error = Read("""{"variants": [{"version": "x", "weight": -1}], "sticky_by": "z", "shadows": [{"percent": 7}], "more": 1}""").Error;

        foreach (var part in new[] { "variants[0].version", "variants[0].weight", "sticky_by", "shadows[0].version", "more" })
        {
            Assert.Contains(part, error!.Message);
        }
    }

    [Fact]
    public void Read_VersionsNotReady_AreToldWithTheOtherFaults()
    {
        var error = TrafficJson.Read(Encoding.UTF8.GetBytes(Whole.Replace("\"percent\": 20", "\"percent\": 200")), ["1"]).Error;

        Assert.Contains("variants[1].version: version 2 is not ready", error!.Message);
        Assert.Contains("rules[0].version: version 2 is not ready", error.Message);
        Assert.Contains("shadows[0].version: version 3 is not ready", error.Message);
        Assert.Contains("percent", error.Message);
        Assert.DoesNotContain("version 1 is not ready", error.Message);
    }

    [Fact]
    public void Check_AllReady_IsNull() => Assert.Null(TrafficRules.Check(Read(Whole).Value, ["1", "2", "3"]));

    [Theory]
    [InlineData("variants", 33)]
    [InlineData("rules", 65)]
    [InlineData("shadows", 5)]
    public void Read_TooMany_IsRefused(string field, int count)
    {
        var items = string.Join(',', Enumerable.Range(1, count).Select(i => field switch
        {
            "variants" => $$"""{"version": "{{i}}", "weight": 1}""",
            "rules" => """{"when": {"header": "a", "equals": "b"}, "version": "1"}""",
            _ => $$"""{"version": "{{i}}", "percent": 1}""",
        }));
        var variants = field == "variants" ? "" : """ "variants": [{"version": "1", "weight": 1}], """;

        Assert.Contains($"{field} must be an array of at most {count - 1}", Read($$"""{ {{variants}} "{{field}}": [{{items}}] }""").Error!.Message);
    }

    [Fact]
    public void Read_HugeOrEndless_IsRefusedShortly()
    {
        var huge = Read($$"""{"variants": "{{new string('a', TrafficLimits.MaxBytes)}}"}""").Error!;
        var endless = Read("{" + string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"f{i}\":1")) + "}").Error!;
        var longName = Read($$"""{"{{new string('n', 100_000)}}": 1}""").Error!;

        Assert.Contains("at most", huge.Message);
        Assert.Contains("and 9969 more", endless.Message);
        Assert.True(longName.Message.Length < 1000);
    }

    private static Outcome<TrafficDocument> Read(string json) => TrafficJson.Read(Encoding.UTF8.GetBytes(json));

    private static string Text(TrafficDocument document)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) TrafficJson.Write(json, document);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
