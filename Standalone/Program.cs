using Gateway.Access.Desk;
using Gateway.Hosting;
using Standalone;
using Standalone.Baselines;
using Standalone.Keys;

return args switch
{
    [KeysCommand.Verb, .. var rest] => await KeysCommand.RunAsync("standalone", rest, StoppedServerDesk.OpenAsync),
    [BaselineCommand.Verb, .. var rest] => BaselineCommand.Run(rest),
    _ => await GatewayApplication.RunAsync("standalone", args, EngineSetup.Add),
};
