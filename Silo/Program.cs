using Gateway.Hosting;
using Silo;

return await GatewayApplication.RunAsync("silo", args, ClusterSetup.Add, ClusterSettings.All);
