using System.Diagnostics;
using System.Net.Http.Headers;

namespace Cluster.Tests.Load;

/// <summary>
/// Requests at a steady rate, whatever becomes of the ones before: latencies count from when a request was due, so that a stall of the
/// server shows in every request that fell into it. Models and gateways take turns.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 512 }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Func<long, string> modelOf;
    private readonly byte[] body;
    private readonly int perSecond;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<LoadSample> samples = [];
    private readonly Lock gate = new();
    private volatile Uri[] gateways;
    private Task running = Task.CompletedTask;

    /// <param name="models">Take turns.</param>
    /// <param name="gateways">Take turns too.</param>
    /// <param name="body">Of every request.</param>
    /// <param name="perSecond">Requests a second.</param>
    public SteadyLoad(IReadOnlyList<string> models, IEnumerable<Uri> gateways, byte[] body, int perSecond)
        : this(number => models[(int)(number * 7 % models.Count)], gateways, body, perSecond)
    {
    }

    /// <param name="modelOf">The model of the request with this number.</param>
    /// <param name="gateways">Take turns.</param>
    /// <param name="body">Of every request.</param>
    /// <param name="perSecond">Requests a second.</param>
    public SteadyLoad(Func<long, string> modelOf, IEnumerable<Uri> gateways, byte[] body, int perSecond)
    {
        this.modelOf = modelOf;
        this.gateways = [.. gateways];
        this.body = body;
        this.perSecond = perSecond;
    }

    /// <summary>Where requests go from now on: what a load balancer does that sees a gateway not ready.</summary>
    public void SendTo(IEnumerable<Uri> live) => gateways = [.. live];

    public void Start() => running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    /// <summary>Sends no more, and waits for what is under way.</summary>
    public async Task<LoadResult> StopAsync()
    {
        await stopping.CancelAsync();
        await running;
        lock (gate) return new LoadResult([.. samples]);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        http.Dispose();
    }

    private async Task Run()
    {
        var clock = Stopwatch.StartNew();
        var open = new List<Task>();
        for (var i = 0L; !stopping.IsCancellationRequested; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / perSecond);
            while (clock.Elapsed < due) Thread.Sleep(1);
            open.Add(SendAsync(i, due, clock));
            if (i % 1000 == 0) open.RemoveAll(t => t.IsCompleted);
        }

        await Task.WhenAll(open);
    }

    private async Task SendAsync(long number, TimeSpan due, Stopwatch clock)
    {
        await Task.Yield();
        var live = gateways;
        var gateway = live[(int)(number % live.Length)];
        var model = modelOf(number);
        string? failure = null;
        try
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var answer = await http.PostAsync(new Uri(gateway, $"v2/models/{model}/infer"), content);
            if (!answer.IsSuccessStatusCode) failure = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            failure = e.Message;
        }

        lock (gate) samples.Add(new LoadSample(due, clock.Elapsed - due, gateway, model, failure));
    }
}
