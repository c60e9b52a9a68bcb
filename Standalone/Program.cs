using Gateway.Hosting;
using Standalone;
using Standalone.Keys;

return args is [KeysCommand.Verb, .. var rest]
    ? await KeysCommand.RunAsync(rest)
    : await GatewayApplication.RunAsync("standalone", args, EngineSetup.Add);
