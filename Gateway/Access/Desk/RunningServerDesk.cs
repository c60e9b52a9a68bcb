using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Hosting;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Access.Desk;

/// <summary>Asks the running server, over the control socket of its data directory.</summary>
public sealed class RunningServerDesk : IKeyDesk
{
    private readonly HttpClient client;

    private RunningServerDesk(HttpClient client) => this.client = client;

    /// <summary>Null when no server listens there.</summary>
    public static async Task<RunningServerDesk?> TryOpenAsync(string dataDirectory)
    {
        var path = ControlSocket.PathIn(dataDirectory);
        if (!File.Exists(path)) return null;
        var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(path, token) })
        {
            BaseAddress = new Uri("http://control"),
        };
        try
        {
            using var live = await client.GetAsync("/v2/health/live");
            return new RunningServerDesk(client);
        }
        catch (HttpRequestException)
        {
            client.Dispose();
            return null;
        }
    }

    public Task<Outcome<KeyAnswer>> CreateAsync(KeySpec spec) => AskAsync(HttpMethod.Post, "/v2/keys", new JsonObject
    {
        ["name"] = spec.Name,
        ["grants"] = new JsonArray([.. spec.Grants.Select(Document)]),
        ["expires_at"] = spec.ExpiresAt,
        ["limits"] = spec.Limits is null ? null : Document(spec.Limits),
    });

    public Task<Outcome<KeyAnswer>> RotateAsync(string id, TimeSpan overlap) =>
        AskAsync(HttpMethod.Post, $"/v2/keys/{Uri.EscapeDataString(id)}/rotate", new JsonObject { ["overlap_seconds"] = (long)overlap.TotalSeconds });

    public Task<Outcome<KeyAnswer>> RevokeAsync(string id) => AskAsync(HttpMethod.Delete, $"/v2/keys/{Uri.EscapeDataString(id)}", null);

    public Task<Outcome<KeyAnswer>> LimitAsync(string id, QuotaLimits? limits) => AskAsync($"/v2/keys/{Uri.EscapeDataString(id)}/limits", limits);

    public async Task<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits) =>
        (await AskAsync($"/v2/models/{Uri.EscapeDataString(model)}/limits", limits)).Error is { } error ? error : default(Done);

    public async Task<Outcome<IReadOnlyList<KeyAnswer>>> ListAsync() =>
        (await AskAsync(HttpMethod.Get, "/v2/keys", null)).TryGetValue(out var answer, out var error)
            ? answer.Json.GetProperty("keys").EnumerateArray().Select(key => new KeyAnswer(key)).ToArray()
            : error;

    public void Dispose() => client.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static JsonNode Document(AccessGrant grant) => new JsonObject
    {
        ["scope"] = new JsonArray([.. ScopeNames.Of(grant.Scope).Select(scope => JsonValue.Create(scope))]),
        ["models"] = grant.Models,
    };

    private static JsonObject Document(QuotaLimits limits) => new()
    {
        ["requests_per_second"] = limits.RequestsPerSecond,
        ["rows_per_second"] = limits.RowsPerSecond,
        ["bytes_per_second"] = limits.BytesPerSecond,
        ["concurrent"] = limits.Concurrent,
        ["burst_seconds"] = limits.BurstSeconds,
    };

    private Task<Outcome<KeyAnswer>> AskAsync(string path, QuotaLimits? limits) =>
        limits is null ? AskAsync(HttpMethod.Delete, path, null) : AskAsync(HttpMethod.Put, path, Document(limits));

    private async Task<Outcome<KeyAnswer>> AskAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, MediaTypeNames.Application.Json) };
        using var response = await client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var json = bytes.Length == 0 ? default : JsonDocument.Parse(bytes).RootElement;
        return response.IsSuccessStatusCode
            ? new KeyAnswer(json)
            : new ServingError(ErrorCode.Internal, json.GetProperty("error").GetString()!);
    }
}
