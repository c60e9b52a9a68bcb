using System.Buffers;
using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>The memory of a tensor that the runtime made, for as long as the handle is open.</summary>
internal sealed unsafe class NativeTensorMemory(OrtHandle value, void* start, int length) : MemoryManager<byte>
{
    private readonly void* start = start;

    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)start + elementIndex, default, this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => value.Dispose();
}
