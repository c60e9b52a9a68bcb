using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Serving.Drift;

namespace Serving;

/// <summary>Posts what became of an alert to a receiver, signed with its secret.</summary>
internal sealed class WebhookSender(TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // No redirects, since they could lead anywhere.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Why it was not taken, or null.</summary>
    /// <param name="name">The event.</param>
    /// <param name="body">JSON in UTF-8.</param>
    /// <param name="receiver">Who is told.</param>
    /// <param name="stopping">Ends the attempt.</param>
    public async Task<string?> PostAsync(string name, ReadOnlyMemory<byte> body, WebhookConfig receiver, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, receiver.Url) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add("x-serving-event", name);
            if (receiver.Secret is { } secret)
                request.Headers.Add("x-serving-signature", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body.Span)));
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"it answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException fault)
        {
            return fault.Message;
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it did not answer within {Patience.TotalSeconds} s");
        }
    }

    public void Dispose() => http.Dispose();
}
