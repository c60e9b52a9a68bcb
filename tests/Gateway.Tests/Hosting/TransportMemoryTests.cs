using System.Buffers;
using Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Hosting;

public sealed class TransportMemoryTests
{
    [Fact]
    public void Server_ReceivesIntoOurBlocks()
    {
        var builder = GatewayApplication.CreateBuilder(CommandLine.Parse(["--http-port", "0", "--grpc-port", "0"], []));
        using var services = builder.Services.BuildServiceProvider();

        using var pool = services.GetRequiredService<IMemoryPoolFactory<byte>>().Create();

        Assert.IsType<TransportMemoryPool>(pool);
    }
}
