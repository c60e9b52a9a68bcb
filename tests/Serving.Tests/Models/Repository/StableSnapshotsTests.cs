using Serving.Models.Config;
using Serving.Models.Config.Values;

namespace Serving.Models.Repository;

/// <summary>
/// Each case is a row of scans and what is stable after the last. A scan is written as its versions, <c>1a 2b</c>: the number,
/// and the state of its files; <c>?</c> after it means that the files were only seen, not yet read; <c>!</c> that they could
/// not be read. <c>-</c> is a repository without the model, <c>x</c> one whose root, and <c>y</c> one whose folder could not be
/// read. A configuration in state c is written <c>c:</c> in front.
/// </summary>
public sealed class StableSnapshotsTests
{
    [Theory]
    [InlineData("1a", "1a")]
    [InlineData("1a?", "")]
    [InlineData("1a | 1a 2a?", "1a")]
    [InlineData("1a | 1a 2a? | 1a 2a", "1a 2a")]
    [InlineData("1a | 1a 2a? | 1a 2b? | 1a 2c? | 1a 2c", "1a 2c")]
    [InlineData("1a | 1b?", "1a")]
    [InlineData("1a | 1b? | 1c?", "1a")]
    [InlineData("1a | 1b? | 1b", "1b")]
    [InlineData("1a | 1b? | 1a? | 1a", "1a")]
    [InlineData("1a | 1b", "1a")]
    [InlineData("1a 2a | 1a", "1a 2a")]
    [InlineData("1a 2a | 1a | 1a", "1a")]
    [InlineData("1a 2a | 1a | 1a 2b? | 1a 2b", "1a 2b")]
    [InlineData("1a | 1!", "1a")]
    [InlineData("1a | 1! | 1!", "1a")]
    [InlineData("1!", "1!")]
    [InlineData("1a | -", "1a")]
    [InlineData("1a | - | -", "-")]
    [InlineData("1a | - | 1b? | 1b", "1b")]
    [InlineData("1a | x | x | x", "1a")]
    [InlineData("1a | y | y | y", "1a")]
    [InlineData("y", "y")]
    [InlineData("- | 1a?", "-")]
    [InlineData("- | 1a? | 1a", "1a")]
    [InlineData("- | 1a? | 1b? | 1b", "1b")]
    [InlineData("c:1a | d:1a", "c:1a")]
    [InlineData("c:1a | d:1a 2a? | d:1a 2a", "d:1a 2a")]
    [InlineData("c:1a | d:1a | e:1a | e:1a", "e:1a")]
    public void Observe_Scans_LetsThroughWhatRests(string scans, string expected)
    {
        var stable = new StableSnapshots();
        var last = RepositorySnapshot.Empty;
        foreach (var scan in scans.Split('|', StringSplitOptions.TrimEntries)) last = stable.Observe(Snapshot(scan));

        Assert.Equal(expected, Describe(last));
    }

    [Fact]
    public void Observe_UnreadableRoot_IsPassedOn() => Assert.Equal("r", Assert.Single(new StableSnapshots().Observe(Snapshot("x")).UnreadableRoots).Key);

    private static RepositorySnapshot Snapshot(string scan)
    {
        if (scan == "-") return RepositorySnapshot.Empty;
        if (scan == "x") return RepositorySnapshot.Empty with { UnreadableRoots = new([KeyValuePair.Create("r", "gone")]) };
        var model = new ModelFolder { Name = "m", Path = "r/m", Root = "r", IsUnreadable = scan == "y" };
        if (scan != "y")
        {
            var config = scan.Contains(':') ? scan[..scan.IndexOf(':')] : "none";
            var versions = scan[(scan.IndexOf(':') + 1)..].Split(' ').Select(Version).ToArray();
            model = model with
            {
                Config = new() { Name = "m" }, ConfigFiles = [new FileStamp(config, 1, 1)], ConfigFingerprint = config, Versions = new(versions),
            };
        }

        return new(new ValueMap<string, ModelFolder>([KeyValuePair.Create("m", model)]), ValueMap<string, string>.Empty);
    }

    private static VersionFolder Version(string written)
    {
        var version = new VersionFolder { Number = written[0] - '0', Path = $"r/m/{written[0]}", IsUnreadable = written[1] == '!' };
        if (version.IsUnreadable) return version;
        var state = written[1].ToString();
        return version with { Files = [new FileStamp(state, 1, 1)], Fingerprint = written.EndsWith('?') ? null : state };
    }

    private static string Describe(RepositorySnapshot snapshot)
    {
        if (!snapshot.Models.TryGetValue("m", out var model)) return "-";
        if (model.IsUnreadable) return "y";
        var config = model.ConfigFingerprint == "none" ? "" : model.ConfigFingerprint + ":";
        return config + string.Join(' ', model.Versions.Select(version => $"{version.Number}{(version.IsUnreadable ? "!" : version.Fingerprint)}"));
    }
}
