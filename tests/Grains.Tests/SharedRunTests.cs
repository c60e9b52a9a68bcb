namespace Grains.Tests;

public sealed class SharedRunTests
{
    [Fact]
    public async Task Run_WhileOneIsUnderWay_SharesTheNext()
    {
        var runs = new List<TaskCompletionSource<bool>>();
        var shared = new SharedRun(() =>
        {
            runs.Add(new TaskCompletionSource<bool>());
            return runs[^1].Task;
        });

        var (first, second, third) = (shared.RunAsync(), shared.RunAsync(), shared.RunAsync());
        Assert.Single(runs);
        runs[0].SetException(new InvalidOperationException());
        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        while (runs.Count < 2) await Task.Yield();
        Assert.Same(second, third);
        var fourth = shared.RunAsync();
        Assert.NotSame(third, fourth);
        runs[1].SetResult(true);
        Assert.True(await second);
        while (runs.Count < 3) await Task.Yield();
        runs[2].SetResult(false);
        Assert.False(await fourth);
    }
}
