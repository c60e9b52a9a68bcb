namespace Serving.Storage;

/// <summary>
/// The state file cannot be used: it is damaged, written by a newer build, somebody else's, in use, or its disk fails. The
/// sentence names the file and says what to do.
/// </summary>
internal sealed class StateFileException(string message, Exception? inner = null) : Exception(message, inner);
