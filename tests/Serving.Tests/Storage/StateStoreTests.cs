using System.Text;
using Microsoft.Data.Sqlite;

namespace Serving.Storage;

public sealed class StateStoreTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Put_Document_IsThereAfterReopening()
    {
        using (var store = Open()) store.Put("traffic", "iris", Body("{}"));
        using var again = Open();
        var document = again.Get("traffic", "iris")!;

        Assert.Equal(("traffic", "iris", "{}"), (document.Kind, document.Key, Encoding.UTF8.GetString(document.Body)));
        Assert.InRange(document.UpdatedAt, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Null(again.Get("traffic", "digits"));
        Assert.Null(again.Get("baseline", "iris"));
    }

    [Fact]
    public void Put_TagNotTheOneSeen_ChangesNothing()
    {
        using var store = Open();
        var first = store.Put("traffic", "iris", Body("1"), match: 0).Value;
        var second = store.Put("traffic", "iris", Body("2"), match: first).Value;

        Assert.Equal(ErrorCode.StaleMatch, store.Put("traffic", "iris", Body("3"), match: first).Error?.Code);
        Assert.Equal(ErrorCode.StaleMatch, store.Put("traffic", "iris", Body("3"), match: 0).Error?.Code);
        Assert.Equal(ErrorCode.StaleMatch, store.Commit(new StateBatch().Delete("traffic", "iris", first)).Error?.Code);
        Assert.Equal((second, "2"), (store.Get("traffic", "iris")!.ETag, Encoding.UTF8.GetString(store.Get("traffic", "iris")!.Body)));
    }

    [Fact]
    public void Put_AfterDelete_NeverUsesATagAgain()
    {
        using var store = Open();
        var first = store.Put("traffic", "iris", Body("1")).Value;
        Assert.Equal([1], store.Commit(new StateBatch().Delete("traffic", "iris", first)).Value);
        Assert.Equal([0], store.Commit(new StateBatch().Delete("traffic", "iris")).Value);

        Assert.True(store.Put("traffic", "iris", Body("2"), match: 0).Value > first);
    }

    [Fact]
    public void Commit_OneChangeRefused_LeavesTheOthersUndone()
    {
        using var store = Open();
        store.Put("traffic", "iris", Body("1"));
        var batch = new StateBatch().Put("traffic", "digits", Body("1")).Append("decisions", Body("x"))
            .Put("traffic", "iris", Body("2"), match: 99);

        Assert.Equal(ErrorCode.StaleMatch, store.Commit(batch).Error?.Code);
        Assert.Null(store.Get("traffic", "digits"));
        Assert.Empty(store.ReadLog("decisions"));
    }

    [Fact]
    public void List_ManyDocuments_ComesInPagesByKey()
    {
        using var store = Open();
        var batch = new StateBatch();
        for (var i = 0; i < StateLimits.MaxPage + 5; i++) batch.Put("baseline", $"m{i:D5}", Body($"{i}"));
        batch.Put("traffic", "m", Body("other"));
        store.Commit(batch);

        var first = store.List("baseline");
        var rest = store.List("baseline", first[^1].Key);
        Assert.Equal((StateLimits.MaxPage, 5), (first.Count, rest.Count));
        Assert.Equal("m01004", rest[^1].Key);
    }

    [Fact]
    public void Append_Log_NumbersOutliveTheEntries()
    {
        using (var store = Open())
        {
            Assert.Equal([1, 2], store.Commit(new StateBatch().Append("a", Body("x")).Append("a", Body("y"))).Value);
            Assert.Equal([1], store.Commit(new StateBatch().Append("b", Body("z"))).Value);
            Assert.Equal([2], store.Commit(new StateBatch().Trim("a", 2)).Value);
        }

        using var again = Open();
        Assert.Empty(again.ReadLog("a"));
        Assert.Equal([3], again.Commit(new StateBatch().Append("a", Body("w"))).Value);
        Assert.Equal([(3, "w")], again.ReadLog("a").Select(e => ((int)e.Sequence, Encoding.UTF8.GetString(e.Body))));
        Assert.Empty(again.ReadLog("a", after: 3));
    }

    [Fact]
    public void Batch_OverItsLimits_IsABug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StateBatch().Put(new string('k', 513), "k", []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StateBatch().Put("k", new string('k', 513), []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StateBatch().Append("l", new byte[StateLimits.MaxBodyBytes + 1]));
    }

    [Fact]
    public void Open_HeldByAnother_IsRefusedUntilItLetsGo()
    {
        using (Open()) Assert.Contains("in use by another process", Assert.Throws<StateFileException>(Open).Message);
        using var again = Open();
    }

    [Fact]
    public void Open_AnotherProgramsFile_IsRefusedAndLeftAlone()
    {
        Sql("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine');");
        var before = File.ReadAllBytes(Path());

        Assert.Contains("not a state file of this server", Assert.Throws<StateFileException>(Open).Message);
        Assert.Equal(before, File.ReadAllBytes(Path()));
    }

    [Fact]
    public void Open_NewerSchema_IsRefusedAndLeftAlone()
    {
        Open().Dispose();
        Sql($"PRAGMA user_version = {StateSchema.Current + 1}");
        var before = File.ReadAllBytes(Path());

        Assert.Contains($"its schema is {StateSchema.Current + 1}", Assert.Throws<StateFileException>(Open).Message);
        Assert.Equal(before, File.ReadAllBytes(Path()));
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(4096, 4096)]
    [InlineData(100, 200)]
    public void Open_DamagedFile_IsRefusedAndLeftAlone(int at, int length)
    {
        using (var store = Open())
        {
            for (var i = 0; i < 50; i++) store.Put("traffic", $"m{i}", new byte[1000]);
        }

        var bytes = File.ReadAllBytes(Path());
        Array.Fill(bytes, (byte)0xA5, at, length);
        File.WriteAllBytes(Path(), bytes);

        Assert.Throws<StateFileException>(Open);
        Assert.Equal(bytes, File.ReadAllBytes(Path()));
    }

    [Fact]
    public void Open_NotADatabase_IsRefusedAndLeftAlone()
    {
        File.WriteAllText(Path(), "a shopping list, longer than the header of a database would be: " + new string('x', 5000));

        Assert.Contains("is damaged and was left as it is", Assert.Throws<StateFileException>(Open).Message);
        Assert.StartsWith("a shopping list", File.ReadAllText(Path()));
    }

    [Fact]
    public void Open_DirectoryThatCannotBe_SaysSo()
    {
        File.WriteAllText(directory.File("file"), "");

        var fault = Assert.Throws<StateFileException>(() => StateStore.Open(directory.File("file/state.db"), TimeProvider.System));
        Assert.Contains("cannot be opened", fault.Message);
    }

    [Fact]
    public void Open_FileOfTheFirstSchema_IsBroughtUpToDateWithItsDocuments()
    {
        using (var connection = new SqliteConnection($"Data Source={Path()};Pooling=False"))
        {
            connection.Open();
            StateSchema.Migrate(connection, 0, 1);
            using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO documents VALUES ('traffic', 'iris', 7, CAST('old' AS BLOB), '2026-11-01T10:00:00.0000000+00:00');
                UPDATE counters SET value = 7;
                """;
            command.ExecuteNonQuery();
        }

        using var store = Open();
        Assert.Equal((7L, "old"), (store.Get("traffic", "iris")!.ETag, Encoding.UTF8.GetString(store.Get("traffic", "iris")!.Body)));
        Assert.Equal(8, store.Put("traffic", "iris", Body("new"), match: 7).Value);
        Assert.Equal([1], store.Commit(new StateBatch().Append("a", Body("x"))).Value);
    }

    [Fact]
    public void Open_EveryOlderSchema_EndsAsANewFile()
    {
        Open().Dispose();
        var wanted = Tables(Path());
        for (var version = 0; version < StateSchema.Current; version++)
        {
            var path = directory.File($"v{version}.db");
            using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
            {
                connection.Open();
                StateSchema.Migrate(connection, 0, version);
            }

            StateStore.Open(path, TimeProvider.System).Dispose();
            Assert.Equal(wanted, Tables(path));
        }
    }

    private static byte[] Body(string text) => Encoding.UTF8.GetBytes(text);

    private static string Tables(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT group_concat(sql, char(10)) || (SELECT user_version FROM pragma_user_version)
            FROM (SELECT sql FROM sqlite_schema ORDER BY name)
            """;
        return (string)command.ExecuteScalar()!;
    }

    private string Path() => directory.File("state.db");

    private StateStore Open() => StateStore.Open(Path(), TimeProvider.System);

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path()};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
