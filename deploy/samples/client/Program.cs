using System.Runtime.InteropServices;
using System.Text;
using Grains.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Inference;

// dotnet run --project deploy/samples/client [REDIS-HOST:PORT]: classifies one flower without HTTP. Without Redis, the silo is one
// that runs alone on this machine.
var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddServingClient(new ServingClientOptions { Redis = args.Length > 0 ? args[0] : null });
using var host = builder.Build();
await host.StartAsync();

var engine = host.Services.GetRequiredService<IServingEngine>();
using var request = new InferenceRequest
{
    Model = "iris",
    Id = Guid.NewGuid().ToString("N"),
    Inputs = [new Tensor("input", TensorType.Fp32, [1, 4], MemoryMarshal.AsBytes<float>([5.1f, 3.5f, 1.4f, 0.2f]).ToArray())],
};
var outcome = await engine.InferAsync(request, CancellationToken.None);
if (!outcome.TryGetValue(out var response, out var error))
{
    Console.Error.WriteLine($"{error.Code}: {error.Message}");
    return 1;
}

using (response)
{
    // A BYTES element is its length, four bytes, and the bytes themselves.
    var label = Encoding.UTF8.GetString(response.Outputs[0].Data.Span[4..]);
    Console.WriteLine($"{label} ({response.Route.Text})");
}

await host.StopAsync();
return 0;
