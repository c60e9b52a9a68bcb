using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Gateway.Hosting;
using Gateway.Rehearsals;
using Gateway.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serving;

namespace Gateway.Tests.Rehearsals;

public sealed class RehearsalTests
{
    [Fact]
    public async Task Start_RehearsesWithoutTheEngine_AndIsReadyThen()
    {
        var asked = 0;
        var engine = new FakeEngine
        {
            Infer = (_, _) =>
            {
                Interlocked.Increment(ref asked);
                return new(ServingError.ModelNotFound("rehearsal"));
            },
        };
        var log = new RecordedLog();
        var builder = GatewayApplication.CreateBuilder(CommandLine.Parse(["--http-port", "0", "--grpc-port", "0"]));
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        var rehearsal = new Rehearsal();
        rehearsal.Begin();
        builder.Services.AddSingleton(rehearsal);
        await using var app = GatewayApplication.Build(builder, engine);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        Assert.Null(await rehearsal.Ended.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True((await client.GetAsync("/v2/health/ready")).IsSuccessStatusCode);
        Assert.Equal(0, asked);
        Assert.Equal(5 * 6, rehearsal.Answered);
        var numbers = await client.GetStringAsync("/metrics");
        Assert.DoesNotContain("operation=\"infer\"", numbers);
        Assert.Matches("kestrel_active_connections{[^}]*} 1\n", numbers);
        Assert.DoesNotContain(log.Lines, line => line.Contains("could not send itself"));
    }

    /// <summary>The first exception of a process takes milliseconds, swallowed or not.</summary>
    [Fact]
    public void Dispose_OfTheStage_ThrowsNothing_NotEvenInside()
    {
        var thrown = new ConcurrentQueue<Exception>();
        var thread = Environment.CurrentManagedThreadId;
        void OnThrown(object? sender, FirstChanceExceptionEventArgs e)
        {
            if (Environment.CurrentManagedThreadId == thread) thrown.Enqueue(e.Exception);
        }

        AppDomain.CurrentDomain.FirstChanceException += OnThrown;
        try
        {
            new RehearsalStage().Dispose();
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= OnThrown;
        }

        Assert.Empty(thrown);
    }
}
