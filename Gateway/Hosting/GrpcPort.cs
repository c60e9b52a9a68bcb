using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <summary>Marks the connections of the gRPC port: with TLS both ports speak HTTP/2, so that the version does not tell which it was.</summary>
internal sealed class GrpcPort
{
    private static readonly GrpcPort Mark = new();

    private GrpcPort()
    {
    }

    public static void Use(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(Mark);
        return next(connection);
    });
}
