using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Serving.Inference;

/// <summary>
/// Memory of the C library's, given back to the system when it is disposed: for blocks so large that the collector, which gives memory
/// back late, should not see them. One that nobody disposes, an abandoned lease's, goes when nobody holds it any more.
/// </summary>
internal sealed unsafe class NativeBlock(int length) : MemoryManager<byte>
{
    private readonly Region region = new((nuint)length);

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(region.IsClosed, this);
        return new Span<byte>(region.Start, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(region.Start + elementIndex, default, this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => region.Dispose();

    private sealed class Region : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Region(nuint length)
            : base(ownsHandle: true) => SetHandle((nint)NativeMemory.Alloc(length));

        public byte* Start => (byte*)handle;

        protected override bool ReleaseHandle()
        {
            NativeMemory.Free(Start);
            return true;
        }
    }
}
