namespace Serving.Access.Quotas;

/// <summary>Who gives a process its part of quotas that several share.</summary>
public interface IQuotaLender
{
    /// <summary>The processes that share: without an answer each has an equal part.</summary>
    int Sharers { get; }

    /// <summary>A grant for each ask, in their order; null when there is no answer.</summary>
    ValueTask<IReadOnlyList<QuotaGrant>?> LeaseAsync(IReadOnlyList<QuotaAsk> asks);
}
