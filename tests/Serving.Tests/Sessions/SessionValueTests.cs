using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Inference;
using Serving.Sessions;
using Serving.Tests.Fakes;

namespace Serving.Tests.Sessions;

/// <summary>Every kind of value that goes in or comes out, on small models made by <c>Models/make.py</c>.</summary>
public sealed class SessionValueTests
{
    private static readonly OnnxRuntime Runtime = OnnxRuntime.Load(null, NullLogger.Instance);

    public static TheoryData<TensorType> Types => [.. Enum.GetValues<TensorType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Run_Identity_ComesBackBitForBit(TensorType type)
    {
        using var session = Open($"identity_{type.Name()}.onnx");
        Assert.Equal((type, type), (session.Signature.Inputs[0].Type, session.Signature.Outputs[0].Type));
        var data = type == TensorType.Bytes
            ? [3, 0, 0, 0, 0, 255, 7, 0, 0, 0, 0, 2, 0, 0, 0, 65, 0, 1, 0, 0, 0, 66]
            : type == TensorType.Bool ? [1, 0, 0, 1] : Enumerable.Range(0, type.Size() * 4).Select(i => (byte)(i * 37)).ToArray();

        using var lease = new TensorLease(TensorPool.Shared);
        var output = Assert.Single(session.Run([new Tensor("x", type, [2, 2], data)], [0], lease).Value);

        Assert.Equal([2L, 2L], output.Shape);
        Assert.Equal(data, output.Data.ToArray());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Run_ZeroSized_ComesBackZeroSized(TensorType type)
    {
        using var session = Open($"identity_{type.Name()}.onnx");
        using var lease = new TensorLease(TensorPool.Shared);

        var output = Assert.Single(session.Run([new Tensor("x", type, [0, 5], default)], [0], lease).Value);

        Assert.Equal([0L, 5L], output.Shape);
        Assert.Equal(0, output.Data.Length);
    }

    [Fact]
    public void Run_Scalar_HasNoDimensions()
    {
        using var session = Open("scalar.onnx");
        using var lease = new TensorLease(TensorPool.Shared);

        var output = session.Run([new Tensor("x", TensorType.Fp32, [], BitConverter.GetBytes(2.5f))], [0], lease).Value[0];

        Assert.Empty(output.Shape);
        Assert.Equal(-2.5f, BitConverter.ToSingle(output.Data.Span));
    }

    [Fact]
    public void Run_ZipMap_GivesKeysAndValuesByRow()
    {
        using var session = Open("zipmap_strings.onnx");
        Assert.Equal(["p.keys", "p.values"], session.Signature.Outputs.Select(o => o.Name));
        Assert.True(session.Signature.RowsAreIndependent);
        using var lease = new TensorLease(TensorPool.Shared);

        var outputs = session.Run([Floats("x", [2, 2], 0.25f, 0.75f, 1, 0)], [0, 1], lease).Value;

        Assert.Equal([2L, 2L], outputs[0].Shape);
        Assert.Equal("\u0002\0\0\0no\u0003\0\0\0yes\u0002\0\0\0no\u0003\0\0\0yes"u8, outputs[0].Data.Span);
        Assert.Equal([0.25f, 0.75f, 1, 0], MemoryMarshal.Cast<byte, float>(outputs[1].Data.Span).ToArray());
    }

    [Fact]
    public void Run_ZipMapOfIntegers_GivesIntegerKeys()
    {
        using var session = Open("zipmap_int64s.onnx");
        using var lease = new TensorLease(TensorPool.Shared);

        var keys = session.Run([Floats("x", [1, 2], 0.5f, 0.5f)], [0], lease).Value[0];

        Assert.Equal(TensorType.Int64, keys.Type);
        Assert.Equal([3L, 7L], MemoryMarshal.Cast<byte, long>(keys.Data.Span).ToArray());
    }

    [Fact]
    public void Run_Sequence_GivesOneTensorAnElement()
    {
        using var session = Open("sequence.onnx");
        Assert.False(session.Signature.RowsAreIndependent);
        using var lease = new TensorLease(TensorPool.Shared);

        var outputs = session.Run([Floats("x", [1, 3], 1, 2, 3)], [0], lease).Value;

        Assert.Equal(["s.0", "s.1", "s.2"], outputs.Select(o => o.Name));
        Assert.Equal(3f, BitConverter.ToSingle(outputs[2].Data.Span));
    }

    [Fact]
    public void Run_ModelRefusesValidInput_IsTheModelsFailure()
    {
        using var session = Open("add.onnx");
        using var lease = new TensorLease(TensorPool.Shared);

        var outcome = session.Run([Floats("a", [1, 2], 1, 2), Floats("b", [1, 3], 1, 2, 3)], [0], lease);

        Assert.Equal(ErrorCode.ModelFailed, outcome.Error!.Code);
    }

    [Fact]
    public void Load_ExternalData_IsFoundBesideTheModel()
    {
        using var session = Open(Path.Combine("external", "model.onnx"));
        using var lease = new TensorLease(TensorPool.Shared);

        var output = session.Run([Floats("x", [1024], new float[1024])], [0], lease).Value[0];

        Assert.Equal(1023f, MemoryMarshal.Cast<byte, float>(output.Data.Span)[1023]);
    }

    [Fact]
    public async Task Terminate_RunUnderWay_Fails()
    {
        using var session = Open("loop.onnx");
        var begun = new TaskCompletionSource();
        var run = Task.Run(() =>
        {
            using var lease = new TensorLease(TensorPool.Shared);
            begun.SetResult();
            return session.Run([new Tensor("times", TensorType.Int64, [], BitConverter.GetBytes(long.MaxValue)), Floats("v", [1], 1)], [0], lease);
        });
        await begun.Task;

        session.Terminate();

        Assert.Equal(ErrorCode.ModelFailed, (await run.WaitAsync(TimeSpan.FromSeconds(30))).Error!.Code);
    }

    [Fact]
    public async Task Run_LongerThanTheLimit_IsEnded_AndTheNextRunsAgain()
    {
        var time = new SteppedTime();
        using var watch = new RunWatch(TimeSpan.FromSeconds(8), time);
        using var session = Open("loop.onnx", watch);
        var run = Task.Run(() => Loop(session, long.MaxValue));
        while (!run.IsCompleted) time.Step(TimeSpan.FromSeconds(1));

        var error = (await run).Error!;

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("its run was ended after 8 s", error.Message);
        Assert.True(Loop(session, 3).IsSuccess);
    }

    private static Outcome<Tensor[]> Loop(IModelSession session, long times)
    {
        using var lease = new TensorLease(TensorPool.Shared);
        return session.Run([new Tensor("times", TensorType.Int64, [], BitConverter.GetBytes(times)), Floats("v", [1], 1)], [0], lease);
    }

    private static IModelSession Open(string file, RunWatch? watch = null) =>
        OnnxSession.Load(Runtime, Path.Combine(Here(), "Models", file), new SessionOptions(), watch).Value;

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static Tensor Floats(string name, long[] shape, params float[] values) =>
        new(name, TensorType.Fp32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());
}
