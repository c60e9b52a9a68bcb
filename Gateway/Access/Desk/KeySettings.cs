using System.Globalization;
using Gateway.Hosting;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Access.Desk;

/// <summary>What the <c>keys</c> commands are told, beside where the server's data is.</summary>
internal static class KeySettings
{
    public static readonly Setting Name = new("KeyName", "NAME", "create: whose key it is, or what it is for")
    {
        Flag = "--name", Check = SettingChecks.Any,
    };

    public static readonly Setting Scope = new("KeyScope", "LIST", "create: what the key may do, of infer, read, admin")
    {
        Flag = "--scope", Default = "infer,read", Check = CheckScopes,
    };

    public static readonly Setting Models = new("KeyModels", "LIST", "create: for which models, by name or pattern such as iris-*")
    {
        Flag = "--models", Default = "*", Check = SettingChecks.Any,
    };

    public static readonly Setting ExpiresDays = new("KeyExpiresDays", "N", "create: days until the key opens nothing any more")
    {
        Flag = "--expires-days", Default = "never", Check = SettingChecks.Whole(1, 36_500),
    };

    public static readonly Setting OverlapSecs = new("KeyOverlapSecs", "N", "rotate: seconds in which the old secret still opens the key")
    {
        Flag = "--overlap-secs", Default = "0", Check = SettingChecks.Whole(0, (long)AccessLimits.MaxOverlap.TotalSeconds),
    };

    public static readonly Setting RequestsPerSecond = Limit("KeyRequestsPerSecond", "--requests-per-second", "requests that are admitted a second");
    public static readonly Setting RowsPerSecond = Limit("KeyRowsPerSecond", "--rows-per-second", "rows that are admitted a second");
    public static readonly Setting BytesPerSecond = Limit("KeyBytesPerSecond", "--bytes-per-second", "bytes of bodies that are admitted a second");

    public static readonly Setting BurstSecs = new("KeyBurstSecs", "N", "create, limit, limit-model: after a rest, so many seconds' worth may come at once")
    {
        Flag = "--burst-secs", Default = "1", Check = SettingChecks.Whole(1, (long)QuotaJson.MostBurstSeconds),
    };

    public static readonly Setting Concurrent = new("KeyConcurrent", "N", "create, limit, limit-model: requests under way at one time")
    {
        Flag = "--concurrent", Default = "no limit", Check = SettingChecks.Whole(1, int.MaxValue),
    };

    public static IReadOnlyList<Setting> All { get; } =
        [Name, Scope, Models, ExpiresDays, OverlapSecs, RequestsPerSecond, RowsPerSecond, BytesPerSecond, Concurrent, BurstSecs];

    private static Setting Limit(string key, string flag, string meaning) =>
        new(key, "N", $"create, limit, limit-model: {meaning}") { Flag = flag, Default = "no limit", Check = CheckRate };

    private static string? CheckRate(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 1e-3 and <= QuotaJson.Most
            ? null
            : "a number from 0.001";


    private static string? CheckScopes(string value) =>
        value.Split(',').All(name => ScopeNames.Parse(name.Trim()) is not null) ? null : $"a list of {ScopeNames.All}, separated by commas";
}
