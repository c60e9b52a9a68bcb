using Gateway.Access.Desk;
using Gateway.Hosting;
using Silo;

return args switch
{
    [KeysCommand.Verb, .. var rest] => await KeysCommand.RunAsync("silo", rest, ClusterSetup.OpenDeskAsync, ClusterSettings.All),
    _ => await GatewayApplication.RunAsync("silo", args, ClusterSetup.Add, ClusterSettings.All),
};
