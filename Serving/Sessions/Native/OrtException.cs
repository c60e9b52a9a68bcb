namespace Serving.Sessions.Native;

/// <summary>A status of ONNX Runtime that is not success. Caught at the session's edge and turned into a value.</summary>
internal sealed class OrtException(int code, string message) : Exception(message)
{
    /// <summary>The runtime's own error code; 2 is its "invalid argument".</summary>
    public int Code { get; } = code;

    public bool IsInvalidArgument => Code == 2;
}
