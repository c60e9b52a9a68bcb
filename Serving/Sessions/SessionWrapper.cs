namespace Serving.Sessions;

/// <summary>Puts something around a session that was just loaded. What it gives owns the session.</summary>
internal delegate IModelSession SessionWrapper(IModelSession session);
