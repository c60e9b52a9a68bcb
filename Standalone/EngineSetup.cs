using System.Diagnostics.Metrics;
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
        builder.Services.AddSingleton(services => Start(options, services));
        builder.Services.AddSingleton(services => services.GetRequiredService<LocalServing>().Engine);
        builder.Services.AddHostedService<Greeting>();
    }

    private static LocalServing Start(ServingOptions options, IServiceProvider services)
    {
        try
        {
            return LocalServing.Start(
                options, services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<IMeterFactory>());
        }
        catch (InvalidOperationException fault)
        {
            throw new StartupFaultException([fault.Message]);
        }
    }
}
