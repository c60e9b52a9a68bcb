using Gateway.Access.Quotas;

namespace Gateway.Tests.Access.Quotas;

public sealed class QuotaPlacesTests
{
    [Fact]
    public void TryEnter_Alone_HasAllPlacesAndNoMore()
    {
        var places = new QuotaPlaces();
        for (var i = 0; i < 4; i++) Assert.True(places.TryEnter("a", 4, 0));

        Assert.False(places.TryEnter("a", 4, 0));
        places.Leave("a");
        Assert.True(places.TryEnter("a", 4, 0));
    }

    [Fact]
    public void TryEnter_NoisyCaller_LeavesAPlaceForWhoAskedLately()
    {
        var places = new QuotaPlaces();
        for (var i = 0; i < 4; i++) places.TryEnter("noisy", 4, 0);
        Assert.False(places.TryEnter("quiet", 4, 1));

        places.Leave("noisy");
        Assert.False(places.TryEnter("noisy", 4, 1));
        Assert.True(places.TryEnter("quiet", 4, 1));
        places.Leave("quiet");

        Assert.False(places.TryEnter("noisy", 4, 5));
        Assert.True(places.TryEnter("noisy", 4, 12));
    }

    [Fact]
    public void TryEnter_OnePlace_GoesAround()
    {
        var places = new QuotaPlaces();
        Assert.True(places.TryEnter("a", 1, 0));
        Assert.False(places.TryEnter("b", 1, 0));
        places.Leave("a");

        Assert.True(places.TryEnter("b", 1, 0));
    }
}
