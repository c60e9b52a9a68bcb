namespace Serving.Sessions;

/// <summary>A piece of memory, as native code sees it.</summary>
internal readonly unsafe struct NativeRange(void* start, long length)
{
    private readonly nuint start = (nuint)start;
    private readonly nuint end = (nuint)start + (nuint)length;

    public bool Overlaps(void* other, long length) => (nuint)other < end && start < (nuint)other + (nuint)length;
}
