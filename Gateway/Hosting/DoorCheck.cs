using System.Net;
using Microsoft.Extensions.Hosting;
using Serving.Access;
using Serving.Access.Policy;

namespace Gateway.Hosting;

/// <summary>
/// A server that others can reach and that asks nobody who they are must be meant. Judged before it listens, and as soon as its keys are
/// known.
/// </summary>
/// <param name="options">Where it listens, and whether that is meant.</param>
/// <param name="policy">Who else is let in.</param>
/// <param name="keys">Keys; null in an edition without.</param>
internal sealed class DoorCheck(GatewayOptions options, AccessPolicy policy, IAccessStore? keys = null) : IHostedService
{
    /// <summary>Nothing, where keys are not known yet.</summary>
    /// <exception cref="StartupFaultException">The server may not be started so.</exception>
    public void Check()
    {
        if (keys is { Known.IsCompletedSuccessfully: false } || keys?.Keys.Count > 0) return;
        if (policy.Certificates.Count > 0 || policy.Tokens is not null || options.RequiresClientCertificates || options.AllowAnonymous) return;
        var address = options.HttpAddress;
        if (address == "localhost" || IPAddress.IsLoopback(IPAddress.Parse(address))) return;
        var remedy = keys is null ? "" : "make a key first (keys create), ";
        throw new StartupFaultException(
        [
            $"--http-address {address} can be reached from other machines, and there is no API key and no --access-policy, so that anybody could "
            + $"use and change this server; {remedy}give an --access-policy, or start with --allow-anonymous",
        ]);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (keys is not null) await keys.Known.WaitAsync(cancellationToken);
        Check();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
