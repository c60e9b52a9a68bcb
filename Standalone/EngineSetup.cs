using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Gateway.Hosting;
using Serving;
using Serving.Hosting;

namespace Standalone;

/// <summary>Puts the local engine behind the gateway.</summary>
internal static class EngineSetup
{
    public static void Add(WebApplicationBuilder builder)
    {
        var options = EngineSettings.Read(builder.Configuration);
        options = options with { DataDirectory = DataDirectoryOf(options) };
        var preparation = LocalPreparation.Begin(options);
        builder.AddControlSocket(options.DataDirectory);
        builder.Services.AddSingleton(services => Start(options, preparation, services));
        builder.Services.AddSingleton(services => services.GetRequiredService<LocalServing>().Engine);
        builder.Services.AddSingleton(services => services.GetRequiredService<LocalServing>().Access);
        builder.Services.AddHostedService<Greeting>();
    }

    /// <summary>Where the server with these options keeps its state.</summary>
    public static string DataDirectoryOf(ServingOptions options) =>
        options.DataDirectory ?? DefaultDataDirectory(options.ModelRepositories);

    private static LocalServing Start(ServingOptions options, LocalPreparation preparation, IServiceProvider services)
    {
        try
        {
            return LocalServing.Start(
                options, services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<IMeterFactory>(), preparation: preparation);
        }
        catch (InvalidOperationException fault)
        {
            throw new StartupFaultException([fault.Message]);
        }
    }

    /// <summary>A directory of the user's for this repository, so that servers of different repositories do not meet.</summary>
    private static string DefaultDataDirectory(IReadOnlyList<string> repositories)
    {
        var paths = string.Join('\n', repositories.Order(StringComparer.Ordinal));
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(paths)))[..16];
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(home.Length > 0 ? home : AppContext.BaseDirectory, "orleans-serving", name);
    }
}
