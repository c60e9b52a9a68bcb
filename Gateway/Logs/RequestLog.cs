using Gateway.Access;
using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Logs;

/// <summary>
/// One line for a request, of a share of them: who asked for what, where it went, how it ended and how long it took. Never what was
/// in it, and of a path never its query.
/// </summary>
/// <param name="share">The share of requests, from 0 for none to 1 for all.</param>
/// <param name="logger">Where the lines go.</param>
internal sealed partial class RequestLog(double share, ILogger<RequestLog> logger)
{
    private const int LongestTarget = 200;

    /// <summary>Whether this request gets a line.</summary>
    public bool Takes() => share > 0 && (share >= 1 || Random.Shared.NextDouble() < share);

    /// <summary>Writes the line of a request that has ended. What the answer's headers tell of it is taken from there.</summary>
    /// <param name="context">The request.</param>
    /// <param name="protocol">HTTP or gRPC.</param>
    /// <param name="target">A path, or a procedure and a model.</param>
    /// <param name="caller">Who asked.</param>
    /// <param name="code">The code of the error document, or ok.</param>
    /// <param name="took">From the headers to the answer.</param>
    public void Write(HttpContext context, string protocol, string target, Principal caller, string code, TimeSpan took)
    {
        var answer = context.Response.Headers;
        Write(
            protocol, context.Request.Method, target, code, took, answer[InferenceHeaders.RequestId].ToString(), caller,
            answer[InferenceHeaders.Route].ToString(), answer[InferenceHeaders.Timing].ToString());
    }

    /// <summary>As above, of one request of a stream.</summary>
    public void Write(
        string protocol, string method, string target, string code, TimeSpan took, string id, Principal caller, string route, string timing)
    {
        if (target.Length > LongestTarget) target = string.Concat(target.AsSpan(0, LongestTarget), "...");
        LogRequest(protocol, method, target, code, took.TotalMilliseconds, id, caller.Name, route, timing);
    }

    /// <summary>The path of a request's target: a query may hold what is nobody's business.</summary>
    public static string PathOf(string target)
    {
        var end = target.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? target : target[..end];
    }

    [LoggerMessage(
        EventId = 40, Level = LogLevel.Information,
        Message = "{Protocol} {Method} {Target}: {Code} in {Milliseconds:0.###} ms (request {Id}, caller {Caller}, route {Route}, {Timing})")]
    private partial void LogRequest(
        string protocol, string method, string target, string code, double milliseconds, string id, string caller, string route, string timing);
}
