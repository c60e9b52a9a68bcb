using Gateway.Hosting;

namespace Gateway.Tests.Hosting;

public sealed class TransportMemoryPoolTests
{
    [Fact]
    public void Rent_AfterReturn_GivesTheSameBlock()
    {
        using var pool = new TransportMemoryPool();
        var owner = pool.Rent();
        Assert.Equal(TransportMemoryPool.BlockBytes, owner.Memory.Length);
        owner.Dispose();
        owner.Dispose();

        Assert.Equal(1, pool.RetainedBlocks);
        Assert.Same(owner, pool.Rent());
        Assert.NotSame(owner, pool.Rent());
        Assert.Equal(0, pool.RetainedBlocks);
    }

    [Fact]
    public void Return_OverTheBound_IsLetGo()
    {
        using var pool = new TransportMemoryPool();
        var owners = Enumerable.Range(0, TransportMemoryPool.MaxRetainedBlocks + 3).Select(_ => pool.Rent()).ToArray();
        foreach (var owner in owners) owner.Dispose();

        Assert.Equal(TransportMemoryPool.MaxRetainedBlocks, pool.RetainedBlocks);
    }

    [Fact]
    public void Rent_MoreThanABlock_Throws()
    {
        using var pool = new TransportMemoryPool();

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(TransportMemoryPool.BlockBytes + 1));
    }
}
