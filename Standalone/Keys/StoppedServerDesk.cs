using System.Buffers;
using System.Text.Json;
using Gateway.Access.Desk;
using Gateway.Hosting;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;
using Serving.Hosting;

namespace Standalone.Keys;

/// <summary>Changes the state of a server that is not running.</summary>
internal sealed class StoppedServerDesk(StoppedServer server) : IKeyDesk
{
    private static readonly Actor Actor = new("local", Address: null);

    /// <summary>The desk of the server that is meant, whether it runs or not.</summary>
    public static async Task<IKeyDesk> OpenAsync(IConfiguration configuration)
    {
        var directory = configuration[$"{SettingTable.Section}:DataDir"] ?? EngineSetup.DataDirectoryOf(EngineSettings.Read(configuration));
        return (IKeyDesk?)await RunningServerDesk.TryOpenAsync(directory) ?? new StoppedServerDesk(StoppedServer.Open(directory));
    }

    public async Task<Outcome<KeyAnswer>> CreateAsync(KeySpec spec) =>
        Answer(await server.Access.CreateAsync(spec, Actor, CancellationToken.None));

    public async Task<Outcome<KeyAnswer>> RotateAsync(string id, TimeSpan overlap) =>
        Answer(await server.Access.RotateAsync(id, overlap, Actor, CancellationToken.None));

    public async Task<Outcome<KeyAnswer>> RevokeAsync(string id) => Answer(await server.Access.RevokeAsync(id, Actor, CancellationToken.None));

    public async Task<Outcome<KeyAnswer>> LimitAsync(string id, QuotaLimits? limits) =>
        Answer(await server.Access.LimitKeyAsync(id, limits, Actor, CancellationToken.None));

    public async Task<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits) =>
        await server.Access.LimitModelAsync(model, limits, Actor, CancellationToken.None);

    public Task<Outcome<IReadOnlyList<KeyAnswer>>> ListAsync() =>
        Task.FromResult<Outcome<IReadOnlyList<KeyAnswer>>>(server.Access.Keys.Select(key => Read(json => KeyJson.Write(json, key))).ToArray());

    public void Dispose() => server.Dispose();

    private static Outcome<KeyAnswer> Answer(Outcome<IssuedKey> outcome) =>
        outcome.TryGetValue(out var issued, out var error) ? Read(json => KeyJson.Write(json, issued)) : error;

    private static Outcome<KeyAnswer> Answer(Outcome<ApiKey> outcome) =>
        outcome.TryGetValue(out var key, out var error) ? Read(json => KeyJson.Write(json, key)) : error;

    private static KeyAnswer Read(Action<Utf8JsonWriter> write)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json)) write(writer);
        return new KeyAnswer(JsonDocument.Parse(json.WrittenMemory).RootElement);
    }
}
