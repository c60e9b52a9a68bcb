using Gateway.Hosting;

namespace Standalone.Baselines;

/// <summary>What the <c>baseline</c> command is told, beside where models are.</summary>
internal static class BaselineSettings
{
    public static readonly Setting Data = new("BaselineData", "FILE", "the CSV; its first row names the columns") { Flag = "--data", Check = SettingChecks.Any };

    public static readonly Setting Model = new("BaselineModel", "NAME", "the model whose features the columns are") { Flag = "--model", Check = SettingChecks.Any };

    public static readonly Setting Version = new("BaselineVersion", "N", "its version") { Flag = "--version", Check = SettingChecks.Whole(1, long.MaxValue) };

    public static readonly Setting Out = new("BaselineOut", "FILE", "where the baseline is written; baseline.json in the version's folder is found there") { Flag = "--out", Check = SettingChecks.Any };

    public static readonly Setting TimeOrdered = new("BaselineTimeOrdered", "true|false", "whether the rows stand in the order they happened")
    {
        Flag = "--time-ordered", Default = "false", Check = value => value is "true" or "false" ? null : "true or false",
    };

    public static IReadOnlyList<Setting> All { get; } = [Data, Model, Version, Out, TimeOrdered];
}
