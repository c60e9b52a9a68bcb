using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// What HTTP alone costs: a bare Kestrel that reads the whole body of an inference request and gives a fixed answer of the form
// and size that a small model's would have. Only the body limit differs from what Kestrel is out of the box.
var answer = """{"model_name":"echo","model_version":"1","outputs":[{"name":"scores","datatype":"FP32","shape":[1,3],"data":[0.1234567,0.2345678,0.6419755]}]}"""u8.ToArray();

var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel((KestrelServerOptions options) => options.Limits.MaxRequestBodySize = 64 << 20);
var app = builder.Build();
app.MapGet("/v2/health/ready", () => "{}");
app.MapPost("/v2/models/{model}/infer", async (HttpContext context) =>
{
    var body = context.Request.BodyReader;
    while (true)
    {
        var read = await body.ReadAsync(context.RequestAborted);
        body.AdvanceTo(read.Buffer.End);
        if (read.IsCompleted) break;
    }

    context.Response.ContentType = "application/json";
    context.Response.ContentLength = answer.Length;
    await context.Response.BodyWriter.WriteAsync(answer);
});
app.Run();
