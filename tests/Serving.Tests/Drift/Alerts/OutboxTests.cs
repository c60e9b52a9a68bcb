using Serving.Drift;
using Serving.Drift.Alerts;

namespace Serving.Tests.Drift.Alerts;

public sealed class OutboxTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly Outbox outbox = new();

    [Fact]
    public void TakeDue_OneReceiver_GetsItsItemsInTurn()
    {
        outbox.Add(Item("1", "http://a/"));
        outbox.Add(Item("2", "http://a/"));
        outbox.Add(Item("1", "http://b/"));

        var due = outbox.TakeDue(Noon);
        Assert.Equal(["1 http://a/", "1 http://b/"], due.Select(item => item.Key));
        Assert.Empty(outbox.TakeDue(Noon));
        outbox.Settle(due[0]);
        Assert.Equal(["2 http://a/"], outbox.TakeDue(Noon).Select(item => item.Key));
    }

    [Fact]
    public void Fail_AgainAndAgain_PausesDoubleUpToFiveMinutes()
    {
        outbox.Add(Item("1", "http://a/"));
        var (now, pauses) = (Noon, new List<double>());
        for (var i = 0; i < 11; i++)
        {
            outbox.Fail(Assert.Single(outbox.TakeDue(now)), now);
            var pause = 0;
            while (outbox.TakeDue(now.AddSeconds(pause)) is not [var item])
            {
                pause++;
                if (pause > 400) break;
            }

            pauses.Add(pause);
            now = now.AddSeconds(pause);
            outbox.Postpone(Item("1", "http://a/"), now.AddSeconds(-1));
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], pauses);
    }

    [Fact]
    public void Add_TheSameTwice_IsOneItem()
    {
        outbox.Add(Item("1", "http://a/"));
        outbox.Add(Item("1", "http://a/"));

        Assert.Equal(1, outbox.Count);
    }

    [Fact]
    public void Add_BeyondTheBound_GivesTheOldestUp()
    {
        for (var i = 0; i < Outbox.MostItems; i++) Assert.Null(outbox.Add(Item($"{i}", "http://a/")));

        Assert.Equal("0", outbox.Add(Item("more", "http://a/"))!.Event);
        Assert.Equal(Outbox.MostItems, outbox.Count);
    }

    [Fact]
    public void Expire_AfterThreeDays_GivesUp()
    {
        outbox.Add(Item("1", "http://a/"));

        Assert.Empty(outbox.Expire(Noon.AddDays(2)));
        Assert.Single(outbox.Expire(Noon.AddDays(3)));
        Assert.Equal(0, outbox.Count);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSameItem()
    {
        var alert = new DriftAlert("abc", "x", AlertKind.Drift, AlertSeverity.Page, AlertState.Raised, Noon, Noon, 0.1, 0.2, 0.3, "'x': odd");
        var item = Assert.Single(OutboxItem.Of("m", "1", alert, [new WebhookConfig(new Uri("https://a/hook"), "secret", null)], Noon));
        var read = OutboxItem.Read(item.Write())!;

        Assert.Equal(("abc-raised-page", "m", "1", "https://a/hook", Noon), (read.Event, read.Model, read.Version, read.Url, read.At));
        Assert.Equal(item.Body, read.Body);
        Assert.DoesNotContain("secret", System.Text.Encoding.UTF8.GetString(item.Write()));
        Assert.Null(OutboxItem.Read("{}"u8.ToArray()));
        Assert.Null(OutboxItem.Read("nonsense"u8.ToArray()));
    }

    private static OutboxItem Item(string name, string url) => new(name, "m", "1", url, Noon, []);
}
