using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Grpc.Transport;

/// <summary>What a call's headers say to the transport.</summary>
/// <param name="Timeout">The time from its arrival to its deadline, or null.</param>
/// <param name="RequestCoding">The compression of messages that are marked as compressed.</param>
/// <param name="AnswerCoding">The compression to answer with: the caller's own, if it says that it reads it too.</param>
internal readonly record struct CallHead(TimeSpan? Timeout, ContentCoding RequestCoding, ContentCoding AnswerCoding)
{
    public const string Offered = "identity, gzip, deflate";

    /// <summary>False when the call cannot be understood; then the status says why.</summary>
    public static bool TryRead(IHeaderDictionary headers, out CallHead head, out GrpcStatus fault)
    {
        head = default;
        fault = GrpcStatus.Ok;
        TimeSpan? timeout = null;
        if (headers.TryGetValue("grpc-timeout", out var time))
        {
            if (!GrpcTimeout.TryParse(time.ToString(), out var limit))
            {
                fault = GrpcStatus.Invalid(
                    $"grpc-timeout is '{time}'; it must be at most eight digits and one of H, M, S, m, u, n");
                return false;
            }

            timeout = limit;
        }

        var coding = ContentCoding.Identity;
        if (headers.TryGetValue("grpc-encoding", out var encoding) && !ContentCodings.TryRead(encoding, out coding))
        {
            fault = new GrpcStatus(
                GrpcStatusCode.Unimplemented, $"grpc-encoding '{encoding}' is not understood; use one of {Offered}");
            return false;
        }

        var mirrors = Accepts(headers["grpc-accept-encoding"], coding);
        head = new CallHead(timeout, coding, mirrors ? coding : ContentCoding.Identity);
        return true;
    }

    private static bool Accepts(StringValues accepted, ContentCoding coding)
    {
        if (coding == ContentCoding.Identity) return true;
        var name = ContentCodings.Name(coding);
        foreach (var line in accepted)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                if (line.AsSpan()[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return false;
    }
}
