using System.Buffers;
using System.IO.Pipelines;

namespace Gateway.Http;

/// <summary>
/// A whole request body: in the block where the transport received it, in one piece of its own, or, when it came compressed, in blocks.
/// Whoever read it releases it, once, when nothing refers to the bytes any more.
/// </summary>
internal struct RequestBody
{
    private PipeReader? reader;
    private WholeBody? whole;
    private BlockChain? blocks;

    /// <param name="reader">Where the bytes were read and still stand.</param>
    /// <param name="bytes">The whole body.</param>
    public RequestBody(PipeReader reader, ReadOnlySequence<byte> bytes)
    {
        this.reader = reader;
        Bytes = bytes;
    }

    public RequestBody(WholeBody whole)
    {
        this.whole = whole;
        Bytes = whole.Bytes;
    }

    public RequestBody(BlockChain blocks)
    {
        this.blocks = blocks;
        Bytes = blocks.Written;
    }

    public ReadOnlySequence<byte> Bytes { get; private set; }

    public void Release()
    {
        reader?.AdvanceTo(Bytes.End);
        whole?.Release();
        blocks?.Release();
        this = default;
    }
}
