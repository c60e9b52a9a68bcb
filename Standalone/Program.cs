using Gateway.Hosting;

return await GatewayApplication.RunAsync("standalone", args, static builder =>
{
    // The engine is registered here.
});
