using Serving.Inference;

namespace Serving.Routing;

public sealed class RouteTableTests
{
    private static readonly AttributeSource User = new(AttributeKind.Header, "x-user-id");
    private static readonly TrafficDocument Split = new()
    {
        Variants = [new("1", 90, "stable"), new("2", 10, "canary"), new("3", 0, "preview")],
        StickyBy = User,
        Rules =
        [
            new(new(AttributeKind.Header, "x-tenant"), "acme", "2"),
            new(new(AttributeKind.Parameter, "tier"), "gold", "preview"),
            new(new(AttributeKind.Header, "x-tenant"), "acme", "3"),
        ],
        Shadows = [new("canary", 100), new("3", 20)],
    };

    [Fact]
    public void Choose_NoDocument_IsHighestReadyByNumber()
    {
        var routes = ModelRoutes.Compile("iris", new("2", "10", "9"), null, 4);

        Assert.Equal(new RouteDecision("10", null, RouteReason.Only, 4), routes.Choose(null, null, 0).Value);
        Assert.Equal("version=10;reason=only;epoch=4", routes.Choose(null, null, 0).Value.Text);
    }

    [Fact]
    public void Choose_ExplicitVersionAndLabel_PrecedeRules()
    {
        var routes = Compile("1", "2", "3");
        var acme = FakeAttributes.WithHeader("X-Tenant", "acme");

        Assert.Equal("version=1;variant=stable;reason=version;epoch=7", routes.Choose("1", acme, 0).Value.Text);
        Assert.Equal("version=3;variant=preview;reason=label;epoch=7", routes.Choose("preview", acme, 0).Value.Text);
        Assert.Equal("version=2;variant=canary;reason=rule;epoch=7", routes.Choose(null, acme, 0).Value.Text);
    }

    [Fact]
    public void Choose_ReadyVersionOutsideDocument_IsServedOnlyWhenNamed()
    {
        var routes = Compile("1", "2", "3", "4");

        Assert.Equal("version=4;reason=version;epoch=7", routes.Choose("4", null, 0).Value.Text);
        for (var i = 0UL; i < 1000; i++) Assert.NotEqual("4", routes.Choose(null, null, i << 54).Value.Version);
    }

    [Fact]
    public void Choose_SeveralRules_FirstMatchDecides()
    {
        var routes = Compile("1", "2", "3");

        Assert.Equal("2", routes.Choose(null, FakeAttributes.WithHeader("x-tenant", "acme"), 0).Value.Version);
        Assert.Equal("3", routes.Choose(null, FakeAttributes.WithParameter("tier", "gold"), 0).Value.Version);
        Assert.Equal(RouteReason.Weight, routes.Choose(null, FakeAttributes.WithHeader("x-tenant", "Acme"), 0).Value.Reason);
    }

    [Fact]
    public void Choose_WithKey_IsStickyWhateverTheRandomNumber()
    {
        var routes = Compile("1", "2", "3");
        var user = FakeAttributes.WithHeader("x-user-id", "user-17");
        var first = routes.Choose(null, user, 0).Value;

        Assert.Equal(RouteReason.Sticky, first.Reason);
        for (var i = 0UL; i < 64; i++) Assert.Equal(first, routes.Choose(null, user, i << 58).Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Choose_WithoutKey_FallsBackToWeights(string? key)
    {
        var attributes = key is null ? new FakeAttributes() : FakeAttributes.WithHeader("x-user-id", key);

        Assert.Equal("version=1;variant=stable;reason=weight;epoch=7", Compile("1", "2", "3").Choose(null, attributes, 0).Value.Text);
        Assert.Equal("2", Compile("1", "2", "3").Choose(null, attributes, ulong.MaxValue).Value.Version);
    }

    [Fact]
    public void Choose_UnreadyVariant_IsPassedOver()
    {
        var routes = Compile("1", "3");
        var acme = FakeAttributes.WithHeader("x-tenant", "acme");

        Assert.False(routes.AllVariantsReady);
        Assert.Equal("1", routes.Choose(null, null, ulong.MaxValue).Value.Version);
        Assert.Equal("3", routes.Choose(null, acme, 0).Value.Version);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("1", routes.Choose(null, FakeAttributes.WithHeader("x-user-id", $"u{i}"), 0).Value.Version);
        }
    }

    [Fact]
    public void Choose_UnreadyVersionByName_SaysWhy()
    {
        var versions = new ModelVersions(["1"], new Dictionary<string, string> { ["2"] = "it is loading" });
        var routes = ModelRoutes.Compile("iris", versions, Split, 7);

        Assert.Equal(ServingError.NotReady("iris", "2", "it is loading"), routes.Choose("2", null, 0).Error);
        Assert.Equal(ServingError.NotReady("iris", "2", "it is loading"), routes.Choose("canary", null, 0).Error);
        Assert.Equal(ErrorCode.ModelNotReady, routes.Choose("3", null, 0).Error?.Code);
        Assert.Equal(ErrorCode.VersionNotFound, routes.Choose("5", null, 0).Error?.Code);
        Assert.Equal(ErrorCode.VersionNotFound, routes.Choose("latest", null, 0).Error?.Code);
    }

    [Fact]
    public void Choose_NoWeightedVariantReady_DoesNotLetAnotherVersionStepIn()
    {
        var versions = new ModelVersions(["3", "4"], new Dictionary<string, string> { ["1"] = "it failed to load: no such operator" });
        var error = ModelRoutes.Compile("iris", versions, Split, 7).Choose(null, null, 0).Error;

        Assert.Equal(ErrorCode.ModelNotReady, error?.Code);
        Assert.Contains("version 1: it failed to load: no such operator", error!.Message);
        Assert.Contains("version 2: it is not in the model repository", error.Message);
    }

    [Fact]
    public void Choose_NothingReadyAndNoDocument_SaysWhyTheNewestIsNot()
    {
        var versions = new ModelVersions([], new Dictionary<string, string> { ["9"] = "old", ["10"] = "it is loading" });

        Assert.Equal(ServingError.NotReady("iris", "10", "it is loading"), ModelRoutes.Compile("iris", versions, null, 0).Choose(null, null, 0).Error);
    }

    [Fact]
    public void Resolve_NoName_IsTheHeaviestReadyVariant()
    {
        Assert.Equal("1", Compile("1", "2", "3").Resolve(null).Value);
        Assert.Equal("2", Compile("2", "3").Resolve(null).Value);
        Assert.Equal("3", Compile("1", "2", "3").Resolve("preview").Value);
        Assert.Equal("3", ModelRoutes.Compile("iris", new("1", "3"), null, 0).Resolve(null).Value);
    }

    [Fact]
    public void Shadows_LabelsAndUnreadyVersions_AreResolved()
    {
        Assert.Equal([new("2", 100, 0), new("3", 20, 0)], Compile("1", "2", "3").Shadows);
        Assert.Equal([new("2", 100, 0)], Compile("1", "2").Shadows);
    }

    [Fact]
    public void Takes_Percent_IsTheShareOfRequests()
    {
        var random = new Random(5);
        var shadow = new ShadowTarget("3", 20, 1);
        var taken = Enumerable.Range(0, 100_000).Count(_ => shadow.Takes("1", (ulong)random.NextInt64() << 1));

        Assert.InRange(taken, 19_500, 20_500);
        Assert.True(new ShadowTarget("3", 100, 1).Takes("1", ulong.MaxValue));
        Assert.False(new ShadowTarget("3", 100, 1).Takes("3", 0));
    }

    [Fact]
    public void With_AnotherDocument_LeavesTheOldTableAsItWas()
    {
        var old = RouteTable.Empty.With(ModelRoutes.Compile("iris", new("1"), null, 1)).With(ModelRoutes.Compile("digits", new("5"), null, 1));
        var next = old.With(ModelRoutes.Compile("iris", new("1", "2"), null, 2));

        Assert.Equal("1", old.Choose("iris", null, null, 0).Value.Version);
        Assert.Equal("2", next.Choose("iris", null, null, 0).Value.Version);
        Assert.Equal("5", next.Choose("digits", null, null, 0).Value.Version);
        Assert.Equal(ErrorCode.ModelNotFound, next.Without("iris").Choose("iris", null, null, 0).Error?.Code);
        Assert.Null(next.Find("wine"));
    }

    [Fact]
    public void Choose_EveryReason_AllocatesNothing()
    {
        var table = RouteTable.Empty.With(Compile("1", "2", "3"));
        FakeAttributes?[] requests =
        [
            null, FakeAttributes.WithHeader("x-user-id", "user-17"), FakeAttributes.WithHeader("x-user-id", new string('k', 4000)),
            FakeAttributes.WithHeader("x-tenant", "acme"),
        ];
        var length = 0;
        void Run()
        {
            for (var i = 0; i < 1000; i++)
            {
                length += table.Choose("iris", null, requests[i & 3], (ulong)i << 50).Value.Text.Length;
                length += table.Choose("iris", "canary", null, 0).Value.Text.Length;
            }
        }

        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(length > 0);
    }

    [Fact]
    public void Text_MadeLate_IsTheSame()
    {
        var decision = new RouteDecision("2", "canary", RouteReason.Rule, 3);

        Assert.Equal(decision.WithText().Text, decision.Text);
        Assert.Equal(decision.WithText(), decision);
        Assert.Equal("version=2;reason=rule;epoch=3", new RouteDecision("2", null, RouteReason.Rule, 3).Text);
    }

    private static ModelRoutes Compile(params string[] ready) => ModelRoutes.Compile("iris", new(ready), Split, 7);
}
