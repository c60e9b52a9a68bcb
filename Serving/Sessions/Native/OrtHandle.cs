using System.Runtime.InteropServices;

namespace Serving.Sessions.Native;

/// <summary>
/// Owns one object of the runtime. A run takes a reference for its duration, so releasing it meanwhile waits for the run to
/// end, and a use after that is an <see cref="ObjectDisposedException"/>, never a crash.
/// </summary>
internal sealed unsafe class OrtHandle : SafeHandle
{
    private readonly delegate* unmanaged<nint, void> release;

    public OrtHandle(nint value, delegate* unmanaged<nint, void> release) : base(0, ownsHandle: true)
    {
        this.release = release;
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        release(handle);
        return true;
    }
}
