using System.Globalization;
using Gateway.Hosting;
using Serving;
using Serving.Access;
using Serving.Access.Quotas;
using Serving.Hosting;

namespace Standalone.Keys;

/// <summary>
/// <c>keys create|list|rotate|revoke|limit|limit-model</c>: administers the keys and limits of the server with the same data directory, whether it runs or not.
/// A new key goes to the output alone, everything else to the error stream, so that a script can keep it.
/// </summary>
internal static class KeysCommand
{
    public const string Verb = "keys";

    private const int Success = 0;
    private const int Failure = 1;
    private const int Misuse = 2;

    private const string Usage =
        "usage: standalone keys create --name NAME | list | rotate ID | revoke ID | limit ID | limit-model MODEL [flags]\n"
        + "limit and limit-model put the limits given in place of those there were; without any they lift them";

    /// <param name="arguments">What follows <c>keys</c>.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var verb = arguments.FirstOrDefault() ?? "";
        var isOfOne = verb is "rotate" or "revoke" or "limit" or "limit-model";
        var id = isOfOne ? arguments.ElementAtOrDefault(1) : null;
        var line = CommandLine.Parse([.. arguments.Skip(id is null ? 1 : 2)], KeySettings.All);
        if (line.WantsHelp || !(isOfOne ? id is not null : verb is "create" or "list"))
        {
            Console.Error.WriteLine(Usage);
            foreach (var setting in KeySettings.All) Console.Error.WriteLine($"  {setting.Flag} {setting.Value}\n      {setting.Meaning} (default: {setting.Default ?? "none"})");
            return line.WantsHelp ? Success : Misuse;
        }

        try
        {
            var configuration = new ConfigurationManager();
            ServingConfiguration.Load(configuration, line, []);
            using var desk = await OpenAsync(configuration[$"{SettingTable.Section}:DataDir"] ?? EngineSetup.DataDirectoryOf(EngineSettings.Read(configuration)));
            return await RunAsync(desk, verb, id, configuration);
        }
        catch (StartupFaultException faults)
        {
            foreach (var fault in faults.Faults) Console.Error.WriteLine(fault);
            return Misuse;
        }
        catch (Exception fault) when (fault is InvalidOperationException or HttpRequestException or IOException)
        {
            Console.Error.WriteLine(fault.Message);
            return Failure;
        }
    }

    private static async Task<IKeyDesk> OpenAsync(string dataDirectory) =>
        (IKeyDesk?)await RunningServerDesk.TryOpenAsync(dataDirectory) ?? new StoppedServerDesk(StoppedServer.Open(dataDirectory));

    private static async Task<int> RunAsync(IKeyDesk desk, string verb, string? id, IConfiguration configuration)
    {
        switch (verb)
        {
            case "create":
                if (configuration[KeySettings.Name.ConfigurationKey] is not { } name)
                {
                    Console.Error.WriteLine("keys create needs --name NAME: whose key it is, or what it is for");
                    return Misuse;
                }

                return Issue(await desk.CreateAsync(ReadSpec(name, configuration)));
            case "rotate":
                var overlap = Number(configuration, KeySettings.OverlapSecs) ?? 0;
                return Issue(await desk.RotateAsync(id!, TimeSpan.FromSeconds(overlap)));
            case "revoke":
                return Report(await desk.RevokeAsync(id!), key => Console.Error.WriteLine(key.Describe()));
            case "limit":
                return Report(await desk.LimitAsync(id!, ReadLimits(configuration)), key => Console.Error.WriteLine(key.Describe()));
            case "limit-model":
                var limits = ReadLimits(configuration);
                return Report(
                    await desk.LimitModelAsync(id!, limits), _ => Console.Error.WriteLine($"model {id}: {(limits is null ? "no limits" : "limited")}"));
            default:
                return Report(await desk.ListAsync(), keys =>
                {
                    foreach (var key in keys) Console.Out.WriteLine(key.Describe());
                });
        }
    }

    private static KeySpec ReadSpec(string name, IConfiguration configuration)
    {
        var scopes = Words(configuration, KeySettings.Scope).Aggregate(AccessScope.None, (all, word) => all | ScopeNames.Parse(word)!.Value);
        var days = Number(configuration, KeySettings.ExpiresDays);
        return new KeySpec(
            name, [.. Words(configuration, KeySettings.Models).Select(pattern => new AccessGrant(scopes, pattern))],
            days is { } lasting ? TimeProvider.System.GetUtcNow().AddDays(lasting) : null,
            ReadLimits(configuration));
    }

    /// <summary>Null when no flag names a limit.</summary>
    private static QuotaLimits? ReadLimits(IConfiguration configuration)
    {
        var limits = new QuotaLimits
        {
            RequestsPerSecond = Rate(configuration, KeySettings.RequestsPerSecond),
            RowsPerSecond = Rate(configuration, KeySettings.RowsPerSecond),
            BytesPerSecond = Rate(configuration, KeySettings.BytesPerSecond),
            Concurrent = (int?)Number(configuration, KeySettings.Concurrent),
            BurstSeconds = Rate(configuration, KeySettings.BurstSecs) ?? 1,
        };
        return limits.IsEmpty ? null : limits;
    }

    private static double? Rate(IConfiguration configuration, Setting setting) =>
        configuration[setting.ConfigurationKey] is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string[] Words(IConfiguration configuration, Setting setting) =>
        (configuration[setting.ConfigurationKey] ?? setting.Default!).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static long? Number(IConfiguration configuration, Setting setting) =>
        configuration[setting.ConfigurationKey] is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    private static int Issue(Outcome<KeyAnswer> outcome) => Report(outcome, key =>
    {
        Console.Out.WriteLine(key.Token);
        Console.Error.WriteLine($"{key.Describe()}\nThe key is not shown again; the server keeps only a hash of it.");
    });

    private static int Report<T>(Outcome<T> outcome, Action<T> tell)
    {
        if (outcome.TryGetValue(out var value, out var error))
        {
            tell(value);
            return Success;
        }

        Console.Error.WriteLine(error.Message);
        return Failure;
    }
}
