using Gateway.Http;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.TensorFlow;

/// <summary>Errors with the statuses of TensorFlow Serving, which has 429 for whatever is exhausted.</summary>
internal static class TensorFlowErrors
{
    public static Task AnswerAsync(HttpContext context, ServingError error) => Answer.RefusalAsync(
        context,
        error.Code == ErrorCode.Overloaded ? StatusCodes.Status429TooManyRequests : ErrorMapping.Of(error.Code).Http,
        error);
}
