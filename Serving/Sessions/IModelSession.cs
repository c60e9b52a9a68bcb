using Serving.Inference;

namespace Serving.Sessions;

/// <summary>
/// A loaded model, ready to run in this process: the border to the native library. Safe to run from several threads at once.
/// </summary>
internal interface IModelSession : IDisposable
{
    SessionSignature Signature { get; }

    /// <summary>Runs the model once, on the calling thread.</summary>
    /// <param name="inputs">One tensor for each input the model needs, in any order; names and types already checked.</param>
    /// <param name="outputs">Positions in <see cref="SessionSignature.Outputs"/> of the outputs wanted, in the answer's order.</param>
    /// <param name="lease">Where the outputs' memory comes from.</param>
    /// <returns>
    /// One tensor for each wanted output (a sequence gives one for each element). <see cref="ErrorCode.InvalidRequest"/> when the
    /// runtime refuses the inputs, <see cref="ErrorCode.ModelFailed"/> when the model fails on them,
    /// <see cref="ErrorCode.DeadlineExceeded"/> when the run was ended because it took too long.
    /// </returns>
    Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease);

    /// <summary>Ends the runs that are under way, as soon as the runtime looks; they fail. For shutdown past its grace time.</summary>
    void Terminate();
}
