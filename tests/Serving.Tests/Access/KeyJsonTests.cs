using System.Text;
using System.Text.Json;

namespace Serving.Access;

public sealed class KeyJsonTests
{
    [Fact]
    public void ReadSpec_Whole_IsTaken()
    {
        var spec = KeyJson.ReadSpec(Bytes(
            """{"name": "ci", "grants": [{"scope": ["infer", "read"], "models": "iris-*"}, {"scope": ["admin"]}], "expires_at": "2027-01-01T00:00:00Z"}""")).Value;

        Assert.Equal(("ci", new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)), (spec.Name, spec.ExpiresAt));
        Assert.Equal([new(AccessScope.Infer | AccessScope.Read, "iris-*"), new(AccessScope.Admin, "*")], spec.Grants);
    }

    [Theory]
    [InlineData("{}", "name is required; grants is required")]
    [InlineData("""{"name": "", "grants": []}""", "name must not be empty")]
    [InlineData("""{"name": "x", "grants": []}""", "grants must have at least one element")]
    [InlineData("""{"name": "x", "grants": [{"scope": []}]}""", "grants[0].scope must have at least one of infer, read, admin")]
    [InlineData("""{"name": "x", "grants": [{"scope": ["root"], "models": ""}]}""", "grants[0].scope[0] must be one of infer, read, admin; grants[0].models must be a model's name, or a pattern such as iris-*")]
    [InlineData("""{"name": "x", "grants": [{"scope": ["infer"], "model": "a"}]}""", "grants[0].model is not a field here, remove it")]
    [InlineData("""{"name": "x", "grants": [{"scope": ["infer"]}], "expires_at": "soon"}""", "expires_at must be a time such as 2027-01-31T00:00:00Z")]
    [InlineData("[]", "the document must be an object")]
    public void ReadSpec_Faulty_TellsAll(string json, string faults) => Assert.Equal(faults, KeyJson.ReadSpec(Bytes(json)).Error!.Message);

    [Theory]
    [InlineData("", 0)]
    [InlineData("{}", 0)]
    [InlineData("""{"overlap_seconds": 60}""", 60)]
    public void ReadOverlap_Good_IsTaken(string json, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), KeyJson.ReadOverlap(Bytes(json)).Value);

    [Theory]
    [InlineData("""{"overlap_seconds": -1}""")]
    [InlineData("""{"overlap": 1}""")]
    [InlineData("""{"overlap_seconds": 99999999}""")]
    public void ReadOverlap_Faulty_IsRefused(string json) => Assert.Equal(ErrorCode.InvalidRequest, KeyJson.ReadOverlap(Bytes(json)).Error!.Code);

    [Fact]
    public void Write_Key_HasNoHash()
    {
        var key = new ApiKey
        {
            Id = "a", Name = "n", Grants = [new(AccessScope.Infer, "*")], CreatedAt = DateTimeOffset.UnixEpoch,
            Secrets = [new KeySecret([1, 2, 3], [4, 5, 6], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch)],
        };
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json)) KeyJson.Write(writer, key);

        Assert.Equal(
            """{"id":"a","name":"n","grants":[{"scope":["infer"],"models":"*"}],"created_at":"1970-01-01T00:00:00Z","secrets":[{"created_at":"1970-01-01T00:00:00Z","expires_at":"1970-01-01T00:00:00Z"}]}""",
            Encoding.UTF8.GetString(json.ToArray()));
    }

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);
}
