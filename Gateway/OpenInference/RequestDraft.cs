using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>What has been read of a request so far.</summary>
internal struct RequestDraft
{
    public RequestDraft()
    {
    }

    public string? Id;
    public Tensor[] Inputs = [];
    public int InputCount;
    public RequestedOutput[] Outputs = [];

    /// <summary>Beside <see cref="Outputs"/>: what was said of each; null in a form for "not said".</summary>
    public RequestedForm[] Forms = [];
    public int OutputCount;
    public RequestParameter[] Parameters = [];
    public int ParameterCount;
    public bool BinaryOutputs;
    public int Priority;
    public TimeSpan? Timeout;

    /// <summary>The members seen, so that a second one is told.</summary>
    public RequestMembers Seen;
}
