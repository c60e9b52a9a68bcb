using Microsoft.Data.Sqlite;

namespace Serving.Storage;

/// <summary>
/// The tables of the state file, by version. A version that was ever released is not edited: a change of the tables is another
/// step at the end. The file carries the number of the last step in <c>user_version</c> and our mark in <c>application_id</c>.
/// </summary>
internal static class StateSchema
{
    /// <summary>"OrSv": tells our files from other programs'.</summary>
    public const int ApplicationId = 0x4F725376;

    private static readonly string[] Steps =
    [
        // 1: documents, and the counter that their tags are taken from.
        """
        CREATE TABLE counters (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO counters VALUES ('etag', 0);
        CREATE TABLE documents (
          kind TEXT NOT NULL, key TEXT NOT NULL, etag INTEGER NOT NULL, body BLOB NOT NULL, updated_at TEXT NOT NULL,
          PRIMARY KEY (kind, key));
        """,

        // 2: logs, each with its own numbers, which outlive the entries.
        """
        CREATE TABLE logs (name TEXT PRIMARY KEY NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE entries (
          log TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, body BLOB NOT NULL,
          PRIMARY KEY (log, sequence));
        """,
    ];

    /// <summary>The version this build writes.</summary>
    public static int Current => Steps.Length;

    /// <summary>Takes a file from its version to another, each step whole or not at all.</summary>
    public static void Migrate(SqliteConnection connection, int from, int to)
    {
        for (var version = from + 1; version <= to; version++)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = $"{Steps[version - 1]} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {version};";
            command.ExecuteNonQuery();
            transaction.Commit();
        }
    }
}
