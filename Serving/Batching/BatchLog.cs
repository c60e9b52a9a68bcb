using Microsoft.Extensions.Logging;

namespace Serving.Batching;

internal static partial class BatchLog
{
    [LoggerMessage(EventId = 10, EventName = "RunFailed", Level = LogLevel.Error, Message = "A run of model '{Model}' failed in a way that is a fault of the server")]
    public static partial void Failed(ILogger log, string model, Exception exception);
}
