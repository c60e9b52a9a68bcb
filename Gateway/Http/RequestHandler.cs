using Microsoft.AspNetCore.Http;

namespace Gateway.Http;

/// <summary>
/// Answers one request. Expected failures are written as errors; what it throws becomes an <c>internal</c> error.
/// </summary>
internal delegate Task RequestHandler(HttpContext context, PathValues values);
