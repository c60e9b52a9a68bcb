using Gateway.Hosting;

namespace Gateway.Tests.Hosting;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--http-port 1", "--http-port=1", "")]
    [InlineData("--http-port=1", "--http-port=1", "")]
    [InlineData("--load-model a --load-model=b", "--load-model=a,b", "")]
    [InlineData("--data-dir=a=b", "--data-dir=a=b", "")]
    [InlineData("--data-dir -x", "--data-dir=-x", "")]
    [InlineData("--allow-anonymous --http-port 1", "--allow-anonymous=true --http-port=1", "")]
    [InlineData("--allow-anonymous=false", "--allow-anonymous=false", "")]
    [InlineData("--http-port", "", "--http-port needs a value: N")]
    [InlineData("--http-port --data-dir x", "--data-dir=x", "--http-port needs a value: N")]
    [InlineData("--http-port 1 --http-port 2", "--http-port=1", "--http-port is given more than once")]
    [InlineData("--http-prt 1", "", "unknown flag '--http-prt'; did you mean '--http-port'?")]
    [InlineData("--frobnicate", "", "unknown flag '--frobnicate'")]
    [InlineData("--http", "", "unknown flag '--http'")]
    [InlineData("models", "", "'models' is not a flag")]
    [InlineData("-p 1", "", "'-p' is not a flag|'1' is not a flag")]
    public void Parse_Arguments_GivesValuesAndFaults(string arguments, string values, string faults)
    {
        var line = CommandLine.Parse(arguments.Split(' '));

        Assert.Equal(values, string.Join(' ', line.Values.Select(v => $"{v.Key.Flag}={string.Join(',', v.Value)}")));
        Assert.Equal(faults, string.Join('|', line.Faults));
    }

    [Fact]
    public void Help_Rendered_ListsEveryFlagAndSetting()
    {
        Assert.True(CommandLine.Parse(["--http-port", "1", "--help"]).WantsHelp);

        Golden.Check("help.txt", HelpText.Render("standalone"));
        Assert.All(SettingTable.All, setting => Assert.Contains(setting.Flag ?? setting.Key, HelpText.Render("standalone")));
    }
}
