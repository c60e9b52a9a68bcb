namespace Grains.Tests;

/// <summary>A model repository in a temporary folder, made of copies of the sample iris.</summary>
internal sealed class TestRepository : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("serving-repository-").FullName;

    /// <summary>Adds a version of a model: 1 is the linear classifier of the samples, anything else the neural one.</summary>
    public void Add(string model, int version, int sample = 1)
    {
        // Complete before it has its name, as a careful deployer does.
        var staging = Directory.CreateTempSubdirectory("serving-staging-").FullName;
        File.Copy(System.IO.Path.Combine(Samples.Repository, "iris", $"{sample}", "model.onnx"), System.IO.Path.Combine(staging, "model.onnx"));
        Directory.CreateDirectory(System.IO.Path.Combine(Path, model));
        Directory.Move(staging, System.IO.Path.Combine(Path, model, $"{version}"));
    }

    /// <summary>Adds a version that takes more memory, by its files.</summary>
    public void AddLarge(string model, int version, int bytes)
    {
        Add(model, version);
        File.WriteAllBytes(System.IO.Path.Combine(Path, model, $"{version}", "padding.bin"), new byte[bytes]);
    }

    public void Configure(string model, string json)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, model));
        File.WriteAllText(System.IO.Path.Combine(Path, model, "model.json"), json);
    }

    public void Break(string model, int version)
    {
        var folder = System.IO.Path.Combine(Path, model, $"{version}");
        Directory.CreateDirectory(folder);
        File.WriteAllText(System.IO.Path.Combine(folder, "model.onnx"), "this is no model");
    }

    public void Remove(string model) => Directory.Delete(System.IO.Path.Combine(Path, model), recursive: true);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
