using System.Net;

namespace Serving.Tests.Receivers;

/// <summary>Receives webhooks at an address of this machine, from when it is started on.</summary>
internal sealed class WebhookReceiver(int port) : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly List<(string Event, string? Signature, byte[] Body)> received = [];

    public string Url => $"http://127.0.0.1:{port}/hook";

    /// <summary>All that came, as it came.</summary>
    public IReadOnlyList<(string Event, string? Signature, byte[] Body)> Received
    {
        get
        {
            lock (received) return [.. received];
        }
    }

    public void Start()
    {
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        _ = Task.Run(TakeAsync);
    }

    public void Dispose() => listener.Close();

    private async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                lock (received) received.Add((context.Request.Headers["x-serving-event"]!, context.Request.Headers["x-serving-signature"], body.ToArray()));
                context.Response.Close();
            }
        }
        catch (Exception end) when (end is HttpListenerException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }
}
