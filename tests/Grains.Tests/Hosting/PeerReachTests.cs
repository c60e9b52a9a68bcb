using Grains.Hosting;

namespace Grains.Tests.Hosting;

/// <summary>A silo is cut off while others should be there and none answers, look by look, one a second.</summary>
public sealed class PeerReachTests
{
    private readonly PeerReach reach = new();

    [Fact]
    public void NoneOfSeveralAnswers_IsCutOffAtTheThirdLook_UntilOneDoes()
    {
        Assert.Equal([false, false, true, false], Look(2, answered: false, looks: 4));
        Assert.Equal("this silo is cut off: none of the 2 other active silos of the cluster answers it", reach.WhyCutOff);

        Assert.Equal([true, false], Look(2, answered: true, looks: 2));
        Assert.Null(reach.WhyCutOff);
    }

    [Fact]
    public void OneAnswersNowAndThen_IsNotCutOff()
    {
        for (var i = 0; i < 20; i++)
        {
            Look(2, answered: false, looks: 2);
            Look(2, answered: true, looks: 1);
            Assert.Null(reach.WhyCutOff);
        }
    }

    [Fact]
    public void AllOthersDied_IsReadyOnceTheyAreDeclaredDead()
    {
        Look(2, answered: false, looks: 5);
        Assert.NotNull(reach.WhyCutOff);
        Look(1, answered: false, looks: 1);
        Assert.Null(reach.WhyCutOff);
        Assert.Equal([false], Look(0, answered: false, looks: 1));
        Assert.Null(reach.WhyCutOff);
    }

    [Theory]
    [InlineData(StorageState.Ok)]
    [InlineData(StorageState.Unreachable)]
    [InlineData(StorageState.Lost)]
    public void Alone_OrAnswered_WhateverTheStorageIs_IsNotCutOff(StorageState storage)
    {
        Look(0, answered: false, looks: 50, storage);
        Look(1, answered: true, looks: 50, storage);
        Look(9, answered: true, looks: 50, storage);

        Assert.Null(reach.WhyCutOff);
    }

    [Fact]
    public void TheOnlyOtherIsSilent_MembershipDecides_WhereItCan()
    {
        Look(1, answered: false, looks: 9);
        Assert.Null(reach.WhyCutOff);
        Look(1, answered: false, looks: 1);
        Assert.Equal("this silo is cut off: the only other active silo of the cluster does not answer it", reach.WhyCutOff);

        Look(1, answered: true, looks: 1);
        Look(1, answered: false, looks: 2, StorageState.Unreachable);
        Assert.Null(reach.WhyCutOff);
        Look(1, answered: false, looks: 1, StorageState.Unreachable);
        Assert.NotNull(reach.WhyCutOff);
    }

    private bool[] Look(int others, bool answered, int looks, StorageState storage = StorageState.Ok) =>
        [.. Enumerable.Range(0, looks).Select(_ => reach.Looked(others, answered, storage))];
}
