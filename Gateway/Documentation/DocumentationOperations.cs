using Gateway.Http;
using Gateway.Pages;
using Microsoft.AspNetCore.Http;

namespace Gateway.Documentation;

/// <summary>What the server says of itself: the OpenAPI description, and the page to read it. Made at first use.</summary>
/// <param name="operations">All there are.</param>
internal sealed class DocumentationOperations(Func<IReadOnlyList<Operation>> operations)
{
    private readonly Lazy<ReadOnlyMemory<byte>> document = new(() => OpenApiDocument.Write(operations()));
    private readonly Lazy<DocsPage> page = new(DocsPage.Make);

    public Task GetOpenApi(HttpContext context, PathValues values)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Answer.BytesAsync(context, document.Value, Answer.Json);
    }

    public Task GetPage(HttpContext context, PathValues values)
    {
        PageHeaders.Set(context.Response, page.Value.Policy);
        return Answer.BytesAsync(context, page.Value.Html, "text/html; charset=utf-8");
    }
}
