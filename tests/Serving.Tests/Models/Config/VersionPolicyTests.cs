namespace Serving.Models.Config;

public sealed class VersionPolicyTests
{
    public static TheoryData<string, long[], long[]> Cases => new()
    {
        { "latest 1", [2, 10, 9], [10] },
        { "latest 2", [2, 10, 9], [9, 10] },
        { "latest 5", [2, 10], [2, 10] },
        { "latest 1", [], [] },
        { "all", [3, 1, 2], [1, 2, 3] },
        { "specific", [3, 1, 2], [1, 3] },
        { "specific", [2, 4], [] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Wanted_Available_FollowsThePolicy(string policy, long[] available, long[] wanted)
    {
        VersionPolicy chosen = policy switch
        {
            "all" => new VersionPolicy.All(),
            "specific" => new VersionPolicy.Specific([1, 3, 7]),
            _ => new VersionPolicy.Latest(int.Parse(policy[7..])),
        };

        Assert.Equal(wanted, chosen.Wanted(available));
    }
}
