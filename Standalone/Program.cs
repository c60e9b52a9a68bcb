using Gateway.Hosting;
using Standalone;

return await GatewayApplication.RunAsync("standalone", args, EngineSetup.Add);
