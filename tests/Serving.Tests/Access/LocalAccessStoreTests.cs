using System.Diagnostics;
using System.Text;
using Serving.Access.Quotas;
using Serving.Storage;

namespace Serving.Access;

public sealed class LocalAccessStoreTests : IDisposable
{
    private static readonly Actor Boss = new("key:boss", "10.0.0.1");
    private static readonly KeySpec Spec = new("test", [new AccessGrant(AccessScope.Infer, "iris*")], ExpiresAt: null);

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Keys_AfterReopening_AreTheSame()
    {
        var made = await WithStoreAsync(async store =>
        {
            var issued = (await store.CreateAsync(Spec, Boss, default)).Value;
            await store.RotateAsync(issued.Key.Id, TimeSpan.FromHours(1), Boss, default);
            (await store.CreateAsync(Spec with { Name = "other" }, Boss, default)).Value.ToString();
            return store.Keys;
        });

        var kept = await WithStoreAsync(store => Task.FromResult(store.Keys));

        Assert.Equal(made.Select(Text), kept.Select(Text));
        Assert.Equal(["test", "other"], kept.Select(key => key.Name));
    }

    [Fact]
    public async Task Changes_Each_AreInTheAudit()
    {
        await WithStoreAsync(async store =>
        {
            var id = (await store.CreateAsync(Spec, Boss, default)).Value.Key.Id;
            await store.RotateAsync(id, TimeSpan.Zero, Boss, default);
            await store.RevokeAsync(id, Boss, default);
            await store.RevokeAsync(id, Boss, default);
            await store.RecordAsync(new AuditNote(Boss, "traffic_change", "iris", "{}"u8.ToArray(), new byte[AccessLimits.MaxNoteBytes + 1]), default);
            return id;
        });

        await WithStoreAsync(async store =>
        {
            var notes = (await store.ReadAuditAsync(0, default)).Value;
            Assert.Equal(["key_create", "key_rotate", "key_revoke", "traffic_change"], notes.Select(note => note.Note.Action));
            Assert.Equal([1L, 2, 3, 4], notes.Select(note => note.Sequence));
            Assert.All(notes, note => Assert.Equal(Boss, note.Note.Actor));
            Assert.True(notes[0].Note.Before.IsEmpty);
            Assert.Contains("\"name\":\"test\"", Json(notes[0].Note.After));
            Assert.DoesNotContain("revoked_at", Json(notes[2].Note.Before));
            Assert.Contains("revoked_at", Json(notes[2].Note.After));
            Assert.StartsWith("""{"bytes":16385,"sha256":""", Json(notes[3].Note.After));
            Assert.Equal([4L], (await store.ReadAuditAsync(3, default)).Value.Select(note => note.Sequence));
            return 0;
        });
    }

    /// <summary>Many rotate one key at a time: each is told a secret, the last one's opens, and what is kept stays small.</summary>
    [Fact]
    public async Task Rotations_AtTheSameTime_LeaveTheLastTwoSecrets()
    {
        await WithStoreAsync(async store =>
        {
            var id = (await store.CreateAsync(Spec, Boss, default)).Value.Key.Id;
            var issued = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
                (await store.RotateAsync(id, TimeSpan.FromHours(1), Boss, default)).Value)));

            var key = Assert.Single(store.Keys);
            Assert.Equal(32, issued.Select(one => one.Token).Distinct().Count());
            Assert.InRange(key.Secrets.Count, 1, 2);
            Assert.Single(issued, one => KeyToken.Opens(one.Token.AsSpan(^KeyToken.SecretLength..), key.Secrets[^1]));
            Assert.All(key.Secrets, secret => Assert.Single(issued, one => KeyToken.Opens(one.Token.AsSpan(^KeyToken.SecretLength..), secret)));
            Assert.Equal(33, (await store.ReadAuditAsync(0, default)).Value.Count);
            return 0;
        });
    }

    [Fact]
    public async Task File_AfterMakingKeys_HoldsNoSecret()
    {
        var token = await WithStoreAsync(async store => (await store.CreateAsync(Spec, Boss, default)).Value.Token);

        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(directory.File("x"))!, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(token[^KeyToken.SecretLength..], Encoding.Latin1.GetString(File.ReadAllBytes(file)));
    }

    [Fact]
    public async Task Limits_AfterReopening_AreTheSame()
    {
        var limits = new QuotaLimits { RequestsPerSecond = 2.5, Concurrent = 4, BurstSeconds = 3 };
        var id = await WithStoreAsync(async store =>
        {
            var id = (await store.CreateAsync(Spec with { Limits = limits with { RowsPerSecond = 7 } }, Boss, default)).Value.Key.Id;
            Assert.Equal(limits, (await store.LimitKeyAsync(id, limits, Boss, default)).Value.Limits);
            await store.LimitModelAsync("iris", limits, Boss, default);
            await store.LimitModelAsync("gone", limits, Boss, default);
            await store.LimitModelAsync("gone", null, Boss, default);
            await store.LimitModelAsync("never", null, Boss, default);
            return id;
        });

        await WithStoreAsync(async store =>
        {
            Assert.Equal((id, limits), (store.Keys[0].Id, store.Keys[0].Limits));
            Assert.Equal([new ModelLimits("iris", limits)], store.ModelLimits);
            var notes = (await store.ReadAuditAsync(0, default)).Value.Select(note => note.Note).ToList();
            Assert.Equal(["key_create", "key_limit", "model_limit", "model_limit", "model_limit"], notes.Select(note => note.Action));
            Assert.Contains("\"rows_per_second\":7", Json(notes[1].Before));
            Assert.DoesNotContain("rows_per_second", Json(notes[1].After));
            Assert.Equal(("gone", true), (notes[4].Target, notes[4].After.IsEmpty));
            await store.RevokeAsync(id, Boss, default);
            Assert.Equal(ErrorCode.Conflict, (await store.LimitKeyAsync(id, null, Boss, default)).Error!.Code);
            Assert.Equal(ErrorCode.NotFound, (await store.LimitKeyAsync("nobody", null, Boss, default)).Error!.Code);
            return 0;
        });
    }

    [Fact]
    public async Task Create_WithoutAFile_LastsAsLongAsTheStore()
    {
        var store = new LocalAccessStore(null, TimeProvider.System);

        var issued = (await store.CreateAsync(Spec, Boss, default)).Value;

        Assert.Same(issued.Key, Assert.Single(store.Keys));
        Assert.Equal("key_create", Assert.Single((await store.ReadAuditAsync(0, default)).Value).Note.Action);
    }

    [Fact]
    public void Kill_AfterAnAcknowledgedRevoke_TheKeyStaysRevoked()
    {
        for (var kill = 0; kill < 3; kill++)
        {
            using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
            {
                ArgumentList = { "exec", typeof(KeyRevoker).Assembly.Location, KeyRevoker.Verb, directory.File("data") },
                RedirectStandardOutput = true,
            })!;
            var id = process.StandardOutput.ReadLine()!;
            process.Kill();
            process.WaitForExit();

            using var server = StoppedServer.Open(directory.File("data"));
            Assert.NotNull(server.Access.Keys.Single(key => key.Id == id).RevokedAt);
        }
    }

    private static string Json(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);

    private static string Text(ApiKey key) => Encoding.UTF8.GetString(AccessStateJson.Write(key));

    private async Task<T> WithStoreAsync<T>(Func<IAccessStore, Task<T>> use)
    {
        using var server = StoppedServer.Open(directory.File("data"));
        return await use(server.Access);
    }
}
