using Gateway.Hosting;

namespace Serving.Hosting;

/// <summary>What both editions' engines are told, from the settings that both have. Compiled into each program.</summary>
internal static class EngineSettings
{
    public static ServingOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(SettingTable.Section);
        var repositories = ServingConfiguration.List(configuration, "ModelRepositories");
        if (repositories.Count == 0) repositories = [FindSamples() ?? throw new StartupFaultException(["--model-repository DIR is needed outside the checkout"])];
        return new ServingOptions
        {
            ModelRepositories = [.. repositories.Select(Path.GetFullPath)],
            ControlMode = Enum.Parse<ControlMode>(section["ModelControlMode"] ?? nameof(ControlMode.Poll), ignoreCase: true),
            LoadModels = ServingConfiguration.List(configuration, "LoadModels"),
            PollInterval = TimeSpan.FromSeconds(section.GetValue("RepositoryPollSecs", 2)),
            DataDirectory = section["DataDir"],
            OnnxRuntimeLibrary = section["OnnxRuntimeLibrary"],
            ResponseCacheBytes = section.GetValue("ResponseCacheBytes", 64L << 20),
            MaxRunTime = TimeSpan.FromSeconds(section.GetValue("MaxRunSecs", 300)),
            DrainTimeout = TimeSpan.FromSeconds(section.GetValue("ShutdownSecs", 30)),
        };
    }

    /// <summary>The sample repository, when the program runs from a checkout.</summary>
    private static string? FindSamples()
    {
        foreach (var start in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var samples = Path.Combine(folder.FullName, "deploy", "models");
                if (Directory.Exists(samples) && File.Exists(Path.Combine(folder.FullName, "OrleansServing.sln"))) return samples;
            }
        }

        return null;
    }
}
