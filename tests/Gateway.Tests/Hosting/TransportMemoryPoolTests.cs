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
    public void Rent_WhileManyAreLent_GivesSmallOnes_ButToWhoNeedsMore()
    {
        using var pool = new TransportMemoryPool();
        var owners = Enumerable.Range(0, TransportMemoryPool.LargeBlocks).Select(_ => pool.Rent()).ToArray();
        Assert.All(owners, owner => Assert.Equal(TransportMemoryPool.BlockBytes, owner.Memory.Length));

        var small = pool.Rent();
        Assert.Equal(TransportMemoryPool.SmallBlockBytes, small.Memory.Length);
        Assert.Equal(TransportMemoryPool.SmallBlockBytes, pool.Rent(TransportMemoryPool.SmallBlockBytes).Memory.Length);
        Assert.Equal(TransportMemoryPool.BlockBytes, pool.Rent(TransportMemoryPool.SmallBlockBytes + 1).Memory.Length);
        small.Dispose();
        Assert.Same(small, pool.Rent());

        owners[0].Dispose();
        owners[1].Dispose();
        Assert.Same(owners[1], pool.Rent());
    }

    [Fact]
    public void Return_OverTheBound_IsLetGo()
    {
        using var pool = new TransportMemoryPool();
        var owners = Enumerable.Range(0, TransportMemoryPool.LargeBlocks + TransportMemoryPool.MaxRetainedBlocks + 3).Select(_ => pool.Rent()).ToArray();
        foreach (var owner in owners) owner.Dispose();

        Assert.Equal(TransportMemoryPool.LargeBlocks + TransportMemoryPool.MaxRetainedBlocks, pool.RetainedBlocks);
    }

    [Fact]
    public void Rent_MoreThanABlock_Throws()
    {
        using var pool = new TransportMemoryPool();

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(TransportMemoryPool.BlockBytes + 1));
    }
}
