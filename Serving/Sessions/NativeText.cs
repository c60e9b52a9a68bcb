using System.Runtime.InteropServices;
using System.Text;

namespace Serving.Sessions;

/// <summary>Zero-terminated UTF-8 texts in native memory, freed together, at the latest when their owner is collected.</summary>
internal sealed unsafe class NativeText : IDisposable
{
    private readonly List<nint> texts = [];

    public byte* Add(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(memory, bytes));
        memory[bytes] = 0;
        texts.Add((nint)memory);
        return memory;
    }

    ~NativeText() => Free();

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        foreach (var text in texts) NativeMemory.Free((void*)text);
        texts.Clear();
    }
}
