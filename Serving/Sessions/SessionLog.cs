using Microsoft.Extensions.Logging;

namespace Serving.Sessions;

internal static partial class SessionLog
{
    [LoggerMessage(EventId = 1, EventName = "OnnxRuntime", Message = "ONNX Runtime: {Text} ({Place})")]
    public static partial void Runtime(ILogger log, LogLevel level, string text, string place);
}
