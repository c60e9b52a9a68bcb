using Grains.Requests;

namespace Grains.Tests.Requests;

public sealed class RetryBudgetTests
{
    [Fact]
    public void TrySpend_BeyondTheBurst_IsRefused()
    {
        var budget = new RetryBudget(percent: 20, burst: 3);

        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => budget.TrySpend()));
    }

    [Fact]
    public void Earn_FiveRequests_PayOneRetry()
    {
        var budget = new RetryBudget(percent: 20, burst: 1);
        Assert.True(budget.TrySpend());
        for (var i = 0; i < 4; i++) budget.Earn();
        Assert.False(budget.TrySpend());
        budget.Earn();

        Assert.True(budget.TrySpend());
        Assert.False(budget.TrySpend());
    }

    [Fact]
    public void Earn_Idle_DoesNotGrowBeyondTheBurst()
    {
        var budget = new RetryBudget(percent: 100, burst: 2);
        for (var i = 0; i < 1000; i++) budget.Earn();

        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => budget.TrySpend()), 2, 3);
    }
}
