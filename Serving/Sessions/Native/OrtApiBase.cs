namespace Serving.Sessions.Native;

/// <summary>What the library's one exported function, <c>OrtGetApiBase</c>, points to.</summary>
internal unsafe struct OrtApiBase
{
    public delegate* unmanaged<uint, void**> GetApi;
    public delegate* unmanaged<byte*> GetVersionString;
}
