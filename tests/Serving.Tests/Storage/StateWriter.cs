using System.Text;
using Serving.Access;

namespace Serving.Storage;

/// <summary>
/// The process that <see cref="StateDurabilityTests"/> kills: writes one batch after another and says which are acknowledged.
/// </summary>
internal static class StateWriter
{
    public const string Verb = "write-state";

    public static int Main(string[] args)
    {
        if (args is [KeyRevoker.Verb, var data]) return KeyRevoker.Run(data);
        if (args is not [Verb, var path])
        {
            Console.Error.WriteLine("These are tests: run them with dotnet test.");
            return 2;
        }

        using var store = StateStore.Open(path, TimeProvider.System);
        var number = Last(store);
        using var acknowledged = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        while (true)
        {
            var body = Encoding.UTF8.GetBytes($"{++number}".PadRight(3000));
            var batch = new StateBatch().Put("counter", "a", body).Append("log", body).Put("counter", "b", body);
            if (store.Commit(batch).Error is not null) return 1;
            acknowledged.Write($"{number}\n");
        }
    }

    /// <summary>The last number written; throws when the file holds half a batch.</summary>
    public static long Last(StateStore store)
    {
        long Number(StoredDocument? document) => document is null ? 0 : long.Parse(Encoding.UTF8.GetString(document.Body));
        var (a, b) = (Number(store.Get("counter", "a")), Number(store.Get("counter", "b")));
        var last = a == 0 ? 0 : store.ReadLog("log", a - 1) is [var entry] ? entry.Sequence : -1;
        if (a != b || a != last) throw new InvalidDataException($"half a batch: {a}, {b}, {last}");
        return a;
    }
}
