namespace Serving.Access;

public sealed class KeyRingTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly KeySpec Spec = new("test", [new AccessGrant(AccessScope.Infer, "*")], ExpiresAt: null);

    private readonly KeyRing ring = new([]);

    [Fact]
    public void Create_Key_IsNotInForceBeforeItIsApplied()
    {
        var secret = Fresh(null);
        var change = ring.Create(Spec, secret.KeyId, secret.Kept, Start).Value;
        Assert.Empty(ring.Snapshot);

        ring.Apply(change);

        Assert.Equal(change.After, Assert.Single(ring.Snapshot));
        Assert.True(Opens(secret.Token, Start));
    }

    [Fact]
    public void Create_ExpiryThatHasPassed_IsRefused() =>
        Assert.Contains("has passed", Create(Spec with { ExpiresAt = Start }, Start).Error!.Message);

    [Fact]
    public void Rotate_WithOverlap_OpensWithBothUntilItsEnd()
    {
        var old = Make();
        var rotated = Rotate(old, TimeSpan.FromHours(1), Start);

        Assert.True(Opens(rotated, Start));
        Assert.True(Opens(old, Start.AddMinutes(59)));
        Assert.False(Opens(old, Start.AddHours(1)));
        Assert.True(Opens(rotated, Start.AddHours(1)));
    }

    [Fact]
    public void Rotate_Again_NeverProlongsAnOldSecret()
    {
        var first = Make();
        var second = Rotate(first, TimeSpan.FromMinutes(10), Start);
        var third = Rotate(first, TimeSpan.FromHours(1), Start.AddMinutes(5));

        Assert.False(Opens(first, Start.AddMinutes(10)));
        Assert.True(Opens(second, Start.AddMinutes(30)));
        Assert.True(Opens(third, Start.AddMinutes(30)));
        Assert.InRange(ring.Snapshot[0].Secrets.Count, 1, 2);
    }

    [Fact]
    public void Rotate_WithoutOverlap_EndsTheOldSecret()
    {
        var old = Make();
        var rotated = Rotate(old, TimeSpan.Zero, Start);

        Assert.False(Opens(old, Start));
        Assert.True(Opens(rotated, Start));
    }

    [Fact]
    public void Revoke_Key_IsForGood()
    {
        var token = Make();
        Do(ring.Revoke(Id(token), Start));
        var again = ring.Revoke(Id(token), Start.AddHours(1)).Value;

        Assert.Same(again.Before, again.After);
        Assert.Equal(Start, ring.Snapshot[0].RevokedAt);
        Assert.Equal(ErrorCode.Conflict, ring.Rotate(Id(token), TimeSpan.Zero, Fresh(null).Kept, Start).Error!.Code);
    }

    [Fact]
    public void Change_UnknownKey_IsNotFound()
    {
        Assert.Equal(ErrorCode.NotFound, ring.Revoke("nobody", Start).Error!.Code);
        Assert.Equal(ErrorCode.NotFound, ring.Rotate("nobody", TimeSpan.Zero, Fresh(null).Kept, Start).Error!.Code);
    }

    [Fact]
    public void Create_AsManyAsThereMayBe_OnlyDeadOnesMakeRoom()
    {
        for (var i = 0; i < AccessLimits.MaxKeys; i++) Do(Create(Spec, Start.AddSeconds(i)));
        Assert.Equal(ErrorCode.Conflict, Create(Spec, Start).Error!.Code);
        var (second, fifth) = (ring.Snapshot[1].Id, ring.Snapshot[4].Id);
        Do(ring.Revoke(fifth, Start));
        Do(ring.Revoke(second, Start.AddSeconds(1)));

        var change = Do(Create(Spec, Start.AddDays(1)));

        Assert.Equal(second, change.Dropped!.Id);
        Assert.Equal(AccessLimits.MaxKeys, ring.Snapshot.Count);
    }

    private static string Id(string token)
    {
        KeyToken.TryRead(token, out var id, out _);
        return id.ToString();
    }

    private static FreshSecret Fresh(string? id) => FreshSecret.Make(id, Start);

    private Outcome<KeyChange> Create(KeySpec spec, DateTimeOffset now)
    {
        var secret = Fresh(null);
        return ring.Create(spec, secret.KeyId, secret.Kept, now);
    }

    private string Make()
    {
        var secret = Fresh(null);
        Do(ring.Create(Spec, secret.KeyId, secret.Kept, Start));
        return secret.Token;
    }

    private string Rotate(string token, TimeSpan overlap, DateTimeOffset now)
    {
        var secret = FreshSecret.Make(Id(token), now);
        Do(ring.Rotate(Id(token), overlap, secret.Kept, now));
        return secret.Token;
    }

    private KeyChange Do(Outcome<KeyChange> change)
    {
        ring.Apply(change.Value);
        return change.Value;
    }

    private bool Opens(string token, DateTimeOffset now)
    {
        KeyToken.TryRead(token, out var id, out var secret);
        var name = id.ToString();
        foreach (var kept in ring.Snapshot.Single(key => key.Id == name).Secrets)
        {
            if (KeyToken.Opens(secret, kept) && (kept.ExpiresAt is null || kept.ExpiresAt > now)) return true;
        }

        return false;
    }
}
