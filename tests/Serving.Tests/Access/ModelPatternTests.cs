namespace Serving.Access;

public sealed class ModelPatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("iris", "iris", true)]
    [InlineData("iris", "Iris", false)]
    [InlineData("iris", "iris2", false)]
    [InlineData("iris*", "iris", true)]
    [InlineData("iris*", "iris-2", true)]
    [InlineData("iris*", "a-iris", false)]
    [InlineData("*iris", "a-iris", true)]
    [InlineData("*iris", "iris-a", false)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-c-b", false)]
    [InlineData("a**c", "ac", true)]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    [InlineData("team/*", "team/x/y", true)]
    [InlineData("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void Matches_Pattern_FitsWholeName(string pattern, string name, bool expected) =>
        Assert.Equal(expected, ModelPattern.Matches(pattern, name));
}
