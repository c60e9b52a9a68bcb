using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Serving.Storage;

/// <summary>
/// The one place where the standalone edition keeps what must survive a restart: documents by kind and key, and logs that grow at
/// the end, in one SQLite file of the data directory.
/// </summary>
/// <remarks>
/// <para>What a caller was told is kept: a change is acknowledged when the write-ahead log is on the disk
/// (<c>synchronous = FULL</c>), a batch of changes is one transaction, and after a crash the file opens with every acknowledged
/// batch whole and at most one more, the one that was being acknowledged.</para>
/// <para>A document's tag is taken from a counter of the file, so that no two states of any document ever have the same one; a
/// writer who names the tag it has seen never overwrites what it has not.</para>
/// <para>A damaged file, one of a newer schema or of another program, and one that another process holds are refused when they are
/// opened (<see cref="StateFileException"/>) and never touched. Failures to write later on are errors of that write.</para>
/// <para>Any thread may call; calls take turns and wait for the disk, so they belong into loops, not on a request's path.</para>
/// </remarks>
internal sealed class StateStore : IDisposable
{
    private readonly Lock turn = new();
    private readonly SqliteConnection connection;
    private readonly TimeProvider clock;

    private StateStore(SqliteConnection connection, TimeProvider clock)
    {
        this.connection = connection;
        this.clock = clock;
    }

    /// <summary>Opens the file, makes it when there is none, and brings an older one up to date.</summary>
    /// <param name="path">The file; its directory is made when it is missing.</param>
    /// <param name="clock">What <see cref="StoredDocument.UpdatedAt"/> is read from.</param>
    /// <exception cref="StateFileException">The file cannot be used.</exception>
    public static StateStore Open(string path, TimeProvider clock) => new(StateFile.Open(path), clock);

    /// <summary>As <see cref="Open"/>, the file of a data directory.</summary>
    /// <exception cref="InvalidOperationException">The file cannot be used; the message says what to do.</exception>
    public static StateStore OpenIn(string directory, TimeProvider clock)
    {
        try
        {
            return Open(Path.Combine(directory, "state.db"), clock);
        }
        catch (StateFileException fault)
        {
            throw new InvalidOperationException(fault.Message, fault);
        }
    }

    /// <summary>A document, or null.</summary>
    public StoredDocument? Get(string kind, string key)
    {
        var rows = Read("SELECT kind, key, etag, body, updated_at FROM documents WHERE kind = $1 AND key = $2", Document, kind, key);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Documents of a kind in the order of their keys, after a key, <see cref="StateLimits.MaxPage"/> at the most.</summary>
    public IReadOnlyList<StoredDocument> List(string kind, string after = "") => Read(
        "SELECT kind, key, etag, body, updated_at FROM documents WHERE kind = $1 AND key > $2 ORDER BY key LIMIT $3",
        Document, kind, after, StateLimits.MaxPage);

    /// <summary>Entries of a log after a number, oldest first, <see cref="StateLimits.MaxPage"/> at the most.</summary>
    public IReadOnlyList<LogEntry> ReadLog(string log, long after = 0) => Read(
        "SELECT sequence, at, body FROM entries WHERE log = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        row => new LogEntry(row.GetInt64(0), Time(row.GetString(1)), row.GetFieldValue<byte[]>(2)), log, after, StateLimits.MaxPage);

    /// <summary>Writes one document; its new tag, or <see cref="ErrorCode.StaleMatch"/>. See <see cref="StateBatch.Put"/>.</summary>
    public Outcome<long> Put(string kind, string key, byte[] body, long? match = null) =>
        Commit(new StateBatch().Put(kind, key, body, match)).TryGetValue(out var tags, out var error) ? tags[0] : error;

    /// <summary>
    /// Carries out a batch, whole or not at all, and returns when it is on the disk.
    /// </summary>
    /// <returns>
    /// One number for each change: a document's new tag, an entry's number, or how many documents or entries went.
    /// <see cref="ErrorCode.StaleMatch"/> when a tag is not the one asked for; <see cref="ErrorCode.Internal"/> when the disk fails.
    /// </returns>
    public Outcome<long[]> Commit(StateBatch batch)
    {
        lock (turn)
        {
            try
            {
                using var transaction = connection.BeginTransaction(deferred: false);
                var numbers = new long[batch.Changes.Count];
                for (var i = 0; i < numbers.Length; i++)
                {
                    if (!Apply(batch.Changes[i], transaction).TryGetValue(out numbers[i], out var error)) return error;
                }

                transaction.Commit();
                return numbers;
            }
            catch (SqliteException fault)
            {
                return new ServingError(ErrorCode.Internal, $"the server's state cannot be written: {fault.Message}");
            }
        }
    }

    public void Dispose()
    {
        lock (turn) connection.Dispose();
    }

    private Outcome<long> Apply(in StateChange change, SqliteTransaction transaction)
    {
        switch (change.Change)
        {
            case StateChangeKind.Append:
                var sequence = Scalar(
                    transaction, "INSERT INTO logs VALUES ($1, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last", change.Name);
                Run(transaction, "INSERT INTO entries VALUES ($1, $2, $3, $4)", change.Name, sequence, Now(), change.Body);
                return sequence;
            case StateChangeKind.Trim:
                return Run(transaction, "DELETE FROM entries WHERE log = $1 AND sequence <= $2", change.Name, change.Number!.Value);
        }

        if (change.Number is { } match)
        {
            var tag = Scalar(
                transaction, "SELECT coalesce(max(etag), 0) FROM documents WHERE kind = $1 AND key = $2", change.Name, change.Key);
            if (tag != match)
            {
                return new ServingError(
                    ErrorCode.StaleMatch, $"{change.Name} '{change.Key}' has been changed meanwhile: get it again");
            }
        }

        if (change.Change == StateChangeKind.Delete)
        {
            return Run(transaction, "DELETE FROM documents WHERE kind = $1 AND key = $2", change.Name, change.Key);
        }

        var etag = Scalar(transaction, "UPDATE counters SET value = value + 1 WHERE name = 'etag' RETURNING value");
        const string write = "INSERT OR REPLACE INTO documents VALUES ($1, $2, $3, $4, $5)";
        Run(transaction, write, change.Name, change.Key, etag, change.Body, Now());
        return etag;
    }

    private static StoredDocument Document(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetFieldValue<byte[]>(3), Time(row.GetString(4)));

    private static DateTimeOffset Time(string text) => DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture);

    private string Now() => clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);

    private List<T> Read<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<object> values)
    {
        lock (turn)
        {
            try
            {
                using var command = Command(null, sql, values);
                using var reader = command.ExecuteReader();
                var rows = new List<T>();
                while (reader.Read()) rows.Add(row(reader));
                return rows;
            }
            catch (SqliteException fault)
            {
                throw new StateFileException($"The state file {connection.DataSource} cannot be read: {fault.Message}", fault);
            }
        }
    }

    private long Scalar(SqliteTransaction transaction, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(transaction, sql, values);
        return (long)command.ExecuteScalar()!;
    }

    private long Run(SqliteTransaction transaction, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(transaction, sql, values);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(SqliteTransaction? transaction, string sql, ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        return command;
    }
}
