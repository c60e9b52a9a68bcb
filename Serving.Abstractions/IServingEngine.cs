using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Serving;

/// <summary>
/// The port: all that the gateway, a notebook or a service sees of the product. Two implementations stand behind it,
/// one process (<c>LocalServingEngine</c>) and the cluster (<c>ClusterServingEngine</c>); one contract suite runs over both.
/// </summary>
public interface IServingEngine
{
    /// <summary>Models and versions: what is served, loading, unloading, statistics.</summary>
    IModelCatalog Models { get; }

    /// <summary>How each model's traffic is divided over its versions, and rollouts.</summary>
    ITrafficControl Traffic { get; }

    /// <summary>Baselines, and how traffic differs from them.</summary>
    IDriftControl Drift { get; }

    /// <summary>The truth that comes back, and how right models are by it.</summary>
    IQualityControl Quality { get; }

    /// <summary>
    /// Runs one request. The engine reads the request's tensors only until the returned task completes; the request still belongs
    /// to the caller, who disposes it afterwards. The answer belongs to the caller, who disposes it when it is written.
    /// </summary>
    /// <param name="request">The inputs. Never modified.</param>
    /// <param name="cancellationToken">
    /// The caller has gone away: queued work is dropped, the task ends with <see cref="OperationCanceledException"/>.
    /// </param>
    ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Null when every model that should be served is ready and requests are welcome here; else why not, as a sentence. What
    /// <c>/v2/health/ready</c> answers.
    /// </summary>
    ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken);
}
