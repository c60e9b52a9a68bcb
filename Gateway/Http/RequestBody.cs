using System.Buffers;
using System.IO.Pipelines;

namespace Gateway.Http;

/// <summary>
/// A whole request body: in the blocks where the transport received it, or, when it came compressed, in blocks of its own.
/// Whoever read it releases it, once, when nothing refers to the bytes any more.
/// </summary>
internal struct RequestBody
{
    private readonly BodyBudget? budget;
    private readonly long held;
    private PipeReader? reader;
    private BlockChain? blocks;

    /// <param name="reader">Where the bytes were read and still stand.</param>
    /// <param name="bytes">The whole body.</param>
    /// <param name="budget">Where <paramref name="held"/> bytes go back to.</param>
    /// <param name="held">What was taken from the budget for it.</param>
    public RequestBody(PipeReader reader, ReadOnlySequence<byte> bytes, BodyBudget budget, long held)
    {
        (this.reader, this.budget, this.held) = (reader, budget, held);
        Bytes = bytes;
    }

    public RequestBody(BlockChain blocks)
    {
        this.blocks = blocks;
        Bytes = blocks.Written;
    }

    public ReadOnlySequence<byte> Bytes { get; private set; }

    public void Release()
    {
        if (reader is not null)
        {
            reader.AdvanceTo(Bytes.End);
            budget!.Return(held);
            reader = null;
        }

        blocks?.Release();
        blocks = null;
        Bytes = default;
    }
}
