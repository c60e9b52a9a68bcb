using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Inference;
using Serving.Sessions;

namespace Serving.Tests.Sessions;

public sealed class OnnxSessionTests
{
    private static readonly OnnxRuntime Runtime = OnnxRuntime.Load(null, NullLogger.Instance);

    [Fact]
    public void Load_Telemetry_IsOffInTheNativeEnvironment()
    {
        // The class' library, which another test may have loaded before.
        Assert.NotNull(Runtime);

        Assert.Equal("1", Marshal.PtrToStringUTF8(getenv("ORT_DISABLE_TELEMETRY")));
    }

    [Fact]
    public void Load_Iris_ReadsTheSignature()
    {
        using var session = Open("iris", 1);

        var input = Assert.Single(session.Signature.Inputs);
        Assert.Equal(("input", TensorType.Fp32), (input.Name, input.Type));
        Assert.Equal([-1L, 4L], input.Shape);
        Assert.Equal(["label", "scores"], session.Signature.Outputs.Select(o => o.Name));
        Assert.Equal(TensorType.Bytes, session.Signature.Outputs[0].Type);
    }

    [Fact]
    public void Run_Iris_GivesStringsAndScores()
    {
        using var session = Open("iris", 1);
        using var lease = new TensorLease(TensorPool.Shared);

        var outputs = session.Run([Floats("input", [2, 4], 5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3.0f, 5.2f, 2.3f)], [1, 0], lease).Value;

        Assert.Equal(["scores", "label"], outputs.Select(o => o.Name));
        Assert.Equal([2L, 3L], outputs[0].Shape);
        var scores = MemoryMarshal.Cast<byte, float>(outputs[0].Data.Span);
        Assert.Equal(1.0, scores[0] + scores[1] + scores[2], 5);
        Assert.Equal("\u0006\0\0\0setosa\u0009\0\0\0virginica"u8, outputs[1].Data.Span);
    }

    [Fact]
    public void Run_LargeOutput_StaysAsLongAsItsLease_WhateverBecomesOfTheSession()
    {
        const int rows = 4096;
        var session = Open("iris", 1);
        using var lease = new TensorLease(TensorPool.Shared);
        var flowers = Enumerable.Range(0, rows).SelectMany(_ => new[] { 6.7f, 3.0f, 5.2f, 2.3f }).ToArray();

        var output = Assert.Single(session.Run([Floats("input", [rows, 4], flowers)], [1], lease).Value);
        session.Dispose();

        var scores = MemoryMarshal.Cast<byte, float>(output.Data.Span).ToArray();
        Assert.Equal(3 * rows, scores.Length);
        Assert.All(scores.Chunk(3), row => Assert.Equal(scores[..3], row));
        Assert.Equal(1.0, scores[..3].Sum(), 5);
    }

    [Fact]
    public void Run_WrongRank_IsTheCallersFault()
    {
        using var session = Open("iris", 1);
        using var lease = new TensorLease(TensorPool.Shared);

        var outcome = session.Run([Floats("input", [4], 1, 2, 3, 4)], [0], lease);

        Assert.Equal(ErrorCode.InvalidRequest, outcome.Error!.Code);
    }

    [Fact]
    public void Run_AfterDispose_Throws()
    {
        var session = Open("iris", 1);
        session.Dispose();
        using var lease = new TensorLease(TensorPool.Shared);

        Assert.Throws<ObjectDisposedException>(() => { session.Run([Floats("input", [1, 4], 1, 2, 3, 4)], [0], lease); });
    }

    [Fact]
    public void Load_NotAModel_SaysWhy()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "not a model");

        var outcome = OnnxSession.Load(Runtime, file, new SessionOptions());

        Assert.Equal(ErrorCode.ModelNotReady, outcome.Error!.Code);
        File.Delete(file);
    }

    [Fact]
    public void Load_ProviderThisBuildLacks_IsRefusedByName()
    {
        var outcome = OnnxSession.Load(Runtime, Samples.Model("iris", 1), new SessionOptions
        {
            Providers = [new ExecutionProvider("cuda", new Dictionary<string, string>())],
        });

        Assert.Contains("the execution provider 'cuda' of optimization.execution_accelerators cannot be used", outcome.Error!.Message);
    }

    [Fact]
    public async Task Run_FromManyThreadsWhileDisposed_NeverCrashes()
    {
        for (var round = 0; round < 20; round++)
        {
            var session = Open("iris", 2);
            var runs = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                while (true)
                {
                    using var lease = new TensorLease(TensorPool.Shared);
                    try
                    {
                        session.Run([Floats("input", [1, 4], 1, 2, 3, 4)], [0, 1], lease);
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            })).ToArray();
            session.Dispose();
            await Task.WhenAll(runs);
        }
    }

    private static IModelSession Open(string model, int version) =>
        OnnxSession.Load(Runtime, Samples.Model(model, version), new SessionOptions()).Value;

    private static Tensor Floats(string name, long[] shape, params float[] values) =>
        new(name, TensorType.Fp32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    [DllImport("libc")]
    private static extern nint getenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
