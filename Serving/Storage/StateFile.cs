using Microsoft.Data.Sqlite;

namespace Serving.Storage;

/// <summary>Opens the state file, and refuses it in words when it must not be written to. Never repairs or replaces a file.</summary>
internal static class StateFile
{
    /// <summary>How long another process may still be letting go of the file.</summary>
    private const int BusySeconds = 3;

    /// <exception cref="StateFileException">The file cannot be used.</exception>
    public static SqliteConnection Open(string path)
    {
        SqliteConnection? connection = null;
        try
        {
            MakeDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path, Pooling = false, DefaultTimeout = BusySeconds,
            }.ToString());
            connection.Open();
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Prepare(connection, path);
            return connection;
        }
        catch (SqliteException fault)
        {
            connection?.Dispose();
            throw new StateFileException(Explain(path, fault), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw new StateFileException($"The state file {path} cannot be opened: {fault.Message}", fault);
        }
        catch (StateFileException)
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>A directory that is made here is its owner's alone: hashes of keys lie in it.</summary>
    private static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Prepare(SqliteConnection connection, string path)
    {
        // The lock is held until the file is closed: two processes with one data directory would overwrite each other's state.
        Text(connection, "PRAGMA locking_mode = EXCLUSIVE");
        var mark = Number(connection, "PRAGMA application_id");
        var version = (int)Number(connection, "PRAGMA user_version");
        var isNew = Number(connection, "SELECT count(*) FROM sqlite_schema") == 0 && mark == 0 && version == 0;
        if (!isNew && mark != StateSchema.ApplicationId)
        {
            throw new StateFileException(
                $"{path} is not a state file of this server; give another data directory, or move the file away.");
        }

        if (version > StateSchema.Current)
        {
            throw new StateFileException(
                $"The state file {path} was written by a newer server (its schema is {version}, this one knows {StateSchema.Current}); "
                + "run that server, or give another data directory.");
        }

        var finding = Text(connection, "PRAGMA quick_check(1)");
        if (finding != "ok") throw new StateFileException(Damaged(path, finding));
        var mode = Text(connection, "PRAGMA journal_mode = WAL");
        if (mode != "wal")
        {
            throw new StateFileException(
                $"The disk of {path} does not allow a write-ahead log (SQLite chose '{mode}'); use a local disk.");
        }

        // FULL: what was acknowledged is on the disk, not only with the operating system.
        Text(connection, "PRAGMA synchronous = FULL");
        StateSchema.Migrate(connection, version, StateSchema.Current);
    }

    private static string Explain(string path, SqliteException fault) => fault.SqliteErrorCode switch
    {
        5 or 6 => $"The state file {path} is in use by another process; stop it, or give another data directory.",
        11 or 26 => Damaged(path, fault.Message),
        8 or 14 => $"The state file {path} cannot be opened for writing; check the directory and its permissions ({fault.Message}).",
        _ => $"The state file {path} cannot be used: {fault.Message}",
    };

    private static string Damaged(string path, string? finding) =>
        $"The state file {path} is damaged and was left as it is ({finding}); put a copy of it back, or move it away to start "
        + "without state.";

    private static string? Text(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
