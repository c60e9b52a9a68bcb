namespace Serving;

/// <summary>An expected failure: a code for programs, a sentence for people that says what to do.</summary>
/// <param name="Code">Which failure.</param>
/// <param name="Message">One sentence that names the field or thing at fault.</param>
/// <param name="RetryAfter">When trying again makes sense, where that is known.</param>
public sealed record ServingError(ErrorCode Code, string Message, TimeSpan? RetryAfter = null)
{
    public static ServingError Invalid(string message) => new(ErrorCode.InvalidRequest, message);

    public static ServingError ModelNotFound(string model) =>
        new(ErrorCode.ModelNotFound, $"model '{model}' is not found");

    public static ServingError VersionNotFound(string model, string version) =>
        new(ErrorCode.VersionNotFound, $"model '{model}' version '{version}' is not found");

    public static ServingError NotReady(string model, string? version, string reason) => new(
        ErrorCode.ModelNotReady,
        version is null ? $"model '{model}' is not ready: {reason}" : $"model '{model}' version {version} is not ready: {reason}",
        TimeSpan.FromSeconds(1));
}
