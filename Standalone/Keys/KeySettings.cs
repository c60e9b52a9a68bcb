using Gateway.Hosting;
using Serving.Access;

namespace Standalone.Keys;

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

    public static IReadOnlyList<Setting> All { get; } = [Name, Scope, Models, ExpiresDays, OverlapSecs];

    private static string? CheckScopes(string value) =>
        value.Split(',').All(name => ScopeNames.Parse(name.Trim()) is not null) ? null : $"a list of {ScopeNames.All}, separated by commas";
}
