namespace Serving.Access;

public sealed class KeyTokenTests
{
    private static readonly byte[] Entropy = [.. Enumerable.Range(0, KeyToken.EntropyBytes).Select(i => (byte)(i * 7 + 1))];

    [Fact]
    public void Create_Token_OpensItsSecretOnly()
    {
        var id = KeyToken.CreateId(Entropy);
        var (secret, token) = KeyToken.Create(id, Entropy, DateTimeOffset.UnixEpoch);

        Assert.True(KeyToken.TryRead(token, out var readId, out var text));
        Assert.Equal(id, readId.ToString());
        Assert.True(KeyToken.Opens(text, secret));
        Assert.Matches($"^osk_[0-9a-z]{{12}}_[0-9A-Za-z_-]{{43}}$", token);
        for (var i = 0; i < text.Length; i++)
        {
            var wrong = text.ToArray();
            wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
            Assert.False(KeyToken.Opens(wrong, secret));
        }
    }

    [Fact]
    public void Create_SameSecretOtherSalt_HasAnotherHash()
    {
        var salted = Entropy.ToArray();
        salted[KeyToken.IdLength] ^= 1;

        Assert.NotEqual(
            KeyToken.Create("x", Entropy, DateTimeOffset.UnixEpoch).Secret.Hash, KeyToken.Create("x", salted, DateTimeOffset.UnixEpoch).Secret.Hash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("osk_")]
    [InlineData("osk_0123456789ab_short")]
    [InlineData("OSK_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("osk_0123456789ab-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("osk_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void TryRead_NoToken_IsFalse(string text) => Assert.False(KeyToken.TryRead(text, out _, out _));

    [Fact]
    public void Opens_LettersBeyondAscii_IsFalse()
    {
        var (secret, _) = KeyToken.Create("x", Entropy, DateTimeOffset.UnixEpoch);

        Assert.False(KeyToken.Opens(new string('\u0100', KeyToken.SecretLength), secret));
    }
}
