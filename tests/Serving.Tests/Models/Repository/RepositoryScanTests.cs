using Serving.Models.Config;

namespace Serving.Models.Repository;

public sealed class RepositoryScanTests : IDisposable
{
    private readonly TemporaryRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Scan_NumberedFolders_AreVersionsByNumber()
    {
        foreach (var name in new[] { "10", "9", "1", "01", "0", "-2", "+3", "2b", "99999999999999999999", ".5" }) repository.Write($"m/{name}/model.onnx");

        var model = Only();

        Assert.Equal([1, 9, 10], model.Versions.Select(version => version.Number));
        Assert.Equal(repository.At("m/9/model.onnx"), model.Versions[1].ModelPath);
        Assert.Equal(("m", null, 0), (model.Name, model.ConfigPath, model.Faults.Count));
        Assert.Equal(new ModelConfig { Name = "m" }, model.Config);
    }

    [Theory]
    [InlineData("", "1/model.onnx", "1/model.onnx")]
    [InlineData("", "1/model.onnx/model.onnx", "1/model.onnx/model.onnx")]
    [InlineData("default_model_filename: \"net.onnx\"", "1/net.onnx", "1/net.onnx")]
    [InlineData("", "model.onnx", "model.onnx")]
    [InlineData("default_model_filename: \"net.onnx\"", "net.onnx", "net.onnx")]
    public void Scan_ModelFile_IsFound(string config, string file, string expected)
    {
        repository.Write("m/config.pbtxt", config);
        repository.Write("m/" + file);

        var version = Assert.Single(Only().Versions);

        Assert.Equal((1, repository.At("m/" + expected), null), (version.Number, version.ModelPath, version.Fault));
        Assert.NotNull(version.Fingerprint);
    }

    [Fact]
    public void Scan_ModelFileOfAnotherName_SaysWhatToDo()
    {
        repository.Write("m/3/net.onnx");
        repository.Write("loose/net.onnx");
        repository.Write("bare/config.pbtxt", "");

        var models = Scan().Models;

        Assert.Equal($"the folder {repository.At("m/3")} has no model.onnx, but net.onnx; rename it, or set 'default_model_filename'", models["m"].Versions[0].Fault);
        Assert.Null(models["m"].Versions[0].ModelPath);
        Assert.Equal(
            $"the folder {repository.At("loose")} has neither a numbered version folder nor model.onnx, but net.onnx; rename it, or set 'default_model_filename'",
            Assert.Single(models["loose"].Faults));
        Assert.Equal($"the folder {repository.At("bare")} has neither a numbered version folder nor model.onnx", Assert.Single(models["bare"].Faults));
    }

    [Fact]
    public void Scan_FoldersThatAreNoModels_ArePassedOver()
    {
        repository.Write("README.md");
        repository.Write("notes/todo.txt");
        repository.Write(".git/1/model.onnx");
        Directory.CreateDirectory(repository.At("empty"));

        Assert.Empty(Scan().Models);
    }

    [Fact]
    public void Scan_BothConfigurations_RefusesThatModelAlone()
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/config.pbtxt", "");
        repository.Write("m/model.json", "{}");
        repository.Write("n/1/model.onnx");

        var models = Scan().Models;

        Assert.Equal(["the folder has both config.pbtxt and model.json; remove one of them"], models["m"].Faults);
        Assert.Null(models["m"].Config);
        Assert.Empty(models["n"].Faults);
    }

    [Theory]
    [InlineData("config.pbtxt", "\nmax_batch_size: x", "m/config.pbtxt:2: 'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("model.json", "{\n\"name\":\n\"x\"}", "m/model.json:2: 'name' is 'x', but the model's folder is 'm'; make them the same or leave 'name' out")]
    [InlineData("config.pbtxt", "output { name: \"y\" label_filename: \"l.txt\" }", "m/config.pbtxt names the file 'l.txt', which is not in the folder")]
    [InlineData("config.pbtxt", "model_warmup { inputs { key: \"x\" value { data_type: TYPE_FP32 dims: 1 input_data_file: \"x.bin\" } } }",
        "m/config.pbtxt names the file 'warmup/x.bin', which is not in the folder")]
    public void Scan_ConfigurationAtFault_SaysWhere(string file, string content, string fault)
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/" + file, content);

        var model = Only();

        Assert.Equal([fault], model.Faults);
        Assert.Null(model.Config);
        Assert.Equal(repository.At("m/" + file), model.ConfigPath);
    }

    [Fact]
    public void Scan_ConfigurationTooLong_IsRefused()
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/model.json", new string(' ', ConfigLimits.FileBytes + 1));

        Assert.Equal(["m/model.json:1: the file has 1048577 bytes; 1048576 are allowed"], Only().Faults);
    }

    [Fact]
    public void Scan_TouchedButSameContent_KeepsTheFingerprint()
    {
        repository.Write("m/1/model.onnx", "abc");
        repository.Write("m/1/weights/a.bin", "def");
        var scan = new RepositoryScan([repository.Root]);
        var first = Version(scan.Scan());

        repository.Touch("m/1/model.onnx", 5);
        var touched = Version(scan.Scan());
        var settled = Version(scan.Scan());

        Assert.Null(touched.Fingerprint);
        Assert.Equal(first.Fingerprint, settled.Fingerprint);
        Assert.NotEqual(first.Files, settled.Files);
    }

    [Theory]
    [InlineData("m/1/model.onnx")]
    [InlineData("m/1/weights/a.bin")]
    [InlineData("m/1/weights/new.bin")]
    public void Scan_ChangedContent_GivesAnotherFingerprintOnceItRests(string changed)
    {
        repository.Write("m/1/model.onnx", "abc");
        repository.Write("m/1/weights/a.bin", "def");
        var scan = new RepositoryScan([repository.Root]);
        var first = Version(scan.Scan());

        repository.Write(changed, "xyz", 5);

        Assert.Null(Version(scan.Scan()).Fingerprint);
        var settled = Version(scan.Scan()).Fingerprint;
        Assert.NotNull(settled);
        Assert.NotEqual(first.Fingerprint, settled);
        Assert.Equal(settled, Version(new RepositoryScan([repository.Root]).Scan()).Fingerprint);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Scan_LargeFileTouched_IsTheSameIfItWasReadMeanwhileAndHoldsTheSame(bool read, bool same, bool expected)
    {
        var content = new string('a', FileHashes.Large);
        repository.Write("m/1/model.onnx", content);
        var reads = new Queue<Action>();
        var scan = new RepositoryScan([repository.Root], reads.Enqueue);
        var first = Version(scan.Scan()).Fingerprint;
        Assert.NotNull(first);
        Assert.Equal(first, Version(scan.Scan()).Fingerprint);
        if (read) Assert.Single(reads)();

        for (var second = 5; second < 7; second++)
        {
            repository.Write("m/1/model.onnx", same ? content : content.Replace('a', 'b'), second);
            Assert.Null(Version(scan.Scan()).Fingerprint);
        }

        Assert.Equal(expected, Version(scan.Scan()).Fingerprint == first);
        Assert.Equal(read ? 1 : 2, reads.Count);
    }

    [Fact]
    public void Scan_LargeFileGoneBeforeItIsRead_IsLeftOut()
    {
        repository.Write("m/1/model.onnx", new string('a', FileHashes.Large));
        var reads = new Queue<Action>();
        var scan = new RepositoryScan([repository.Root], reads.Enqueue);
        scan.Scan();
        File.Delete(repository.At("m/1/model.onnx"));

        Assert.Single(reads)();

        Assert.Null(Version(scan.Scan()).ModelPath);
    }

    [Fact]
    public void Scan_RenamedFile_GivesAnotherFingerprint()
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/1/a.bin");
        var first = Version(Scan());

        File.Move(repository.At("m/1/a.bin"), repository.At("m/1/b.bin"));

        Assert.NotEqual(first.Fingerprint, Version(Scan()).Fingerprint);
    }

    [Fact]
    public void Scan_AssumeComplete_ReadsChangesAtOnce()
    {
        repository.Write("m/1/model.onnx");
        var scan = new RepositoryScan([repository.Root]);
        scan.Scan();

        repository.Write("m/2/model.onnx");

        Assert.NotNull(scan.Scan(assumeComplete: true).Models["m"].Versions[1].Fingerprint);
    }

    [Fact]
    public void Scan_LabelsChange_ChangesTheConfigurationsFingerprintOnly()
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/config.pbtxt", "output { name: \"y\" label_filename: \"l.txt\" }");
        repository.Write("m/l.txt", "a");
        var first = Only();

        repository.Write("m/l.txt", "b");
        var second = Only();

        Assert.NotEqual(first.ConfigFingerprint, second.ConfigFingerprint);
        Assert.Equal(first.Versions[0].Fingerprint, second.Versions[0].Fingerprint);
    }

    [Fact]
    public void Scan_ConfigurationChange_IsReadAgain()
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/config.pbtxt", "max_batch_size: 1");
        var scan = new RepositoryScan([repository.Root]);
        scan.Scan();

        repository.Write("m/config.pbtxt", "max_batch_size: 2", 5);

        Assert.Equal(2, scan.Scan().Models["m"].Config!.MaxBatchSize);
    }

    [Fact]
    public void Scan_SameNameInTwoRoots_NamesBoth()
    {
        using var other = new TemporaryRepository();
        repository.Write("m/1/model.onnx");
        other.Write("m/1/model.onnx");
        other.Write("n/1/model.onnx");

        var models = new RepositoryScan([repository.Root, other.Root]).Scan().Models;

        Assert.Equal([$"the model is in two repositories, as {repository.At("m")} and as {other.At("m")}; rename or remove one of them"], models["m"].Faults);
        Assert.Empty(models["m"].Versions);
        Assert.Single(models["n"].Versions);
    }

    [Fact]
    public void Scan_LinksLikeAVolumes_AreFollowed()
    {
        repository.Write("m/..2026/config.pbtxt", "max_batch_size: 3");
        repository.Write("m/..2026/model.onnx", "abc");
        Directory.CreateDirectory(repository.At("m/1"));
        Directory.CreateSymbolicLink(repository.At("m/..data"), "..2026");
        File.CreateSymbolicLink(repository.At("m/config.pbtxt"), "..data/config.pbtxt");
        File.CreateSymbolicLink(repository.At("m/1/model.onnx"), "../..data/model.onnx");
        using var elsewhere = new TemporaryRepository();
        elsewhere.Write("1/model.onnx", "abc");
        Directory.CreateSymbolicLink(repository.At("n"), elsewhere.Root);

        var models = Scan().Models;

        Assert.Equal(3, models["m"].Config!.MaxBatchSize);
        Assert.Equal(("model.onnx", 3), (models["m"].Versions[0].Files[0].Path, models["m"].Versions[0].Files[0].Length));
        Assert.Equal(models["m"].Versions[0].Fingerprint, models["n"].Versions[0].Fingerprint);
    }

    [Fact]
    public void Scan_BrokenAndCircularLinks_AreThatVersionsFault()
    {
        repository.Write("m/1/model.onnx");
        repository.Write("m/2/model.onnx");
        repository.Write("m/3/model.onnx");
        File.CreateSymbolicLink(repository.At("m/2/weights.bin"), "gone.bin");
        Directory.CreateSymbolicLink(repository.At("m/3/self"), ".");

        var versions = Only().Versions;

        Assert.Equal([false, true, true], versions.Select(version => version.IsUnreadable));
        Assert.StartsWith($"the folder {repository.At("m/2")} cannot be read: ", versions[1].Fault, StringComparison.Ordinal);
        Assert.EndsWith("more than 8 folders are inside each other", versions[2].Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_RootThatIsNotThere_DoesNotStopTheOthers()
    {
        repository.Write("m/1/model.onnx");
        var gone = repository.At("gone");

        var snapshot = new RepositoryScan([gone, repository.Root]).Scan();

        Assert.StartsWith($"the model repository {gone} cannot be read: ", snapshot.UnreadableRoots[gone], StringComparison.Ordinal);
        Assert.Single(snapshot.Models);
    }

    [Fact]
    public void Scan_SampleRepository_HasNoFaults()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "OrleansServing.sln"))) folder = Path.GetDirectoryName(folder)!;

        var models = new RepositoryScan([Path.Combine(folder, "deploy", "models")]).Scan().Models;

        Assert.Equal(["diabetes", "digits", "iris"], models.Keys);
        Assert.All(models.Values, model => Assert.Empty(model.Faults));
        Assert.Equal([1, 2], models["iris"].Config!.VersionPolicy.Wanted(models["iris"].Versions.Select(version => version.Number)));
        Assert.Equal("labels.txt", models["digits"].Config!.Output[0].LabelFilename);
    }

    private static VersionFolder Version(RepositorySnapshot snapshot) => Assert.Single(Assert.Single(snapshot.Models.Values).Versions);

    private RepositorySnapshot Scan() => new RepositoryScan([repository.Root]).Scan();

    private ModelFolder Only() => Assert.Single(Scan().Models.Values);
}
