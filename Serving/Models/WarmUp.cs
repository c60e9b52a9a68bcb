using System.Buffers.Binary;
using Serving.Inference;
using Serving.Models.Config;
using Serving.Sessions;

namespace Serving.Models;

/// <summary>
/// The runs that a version makes before it is ready: those its configuration lists (<c>model_warmup</c>), whose failure fails the
/// version, else one of zeros, whose failure means nothing. The first real request then costs what every later one costs.
/// </summary>
internal static class WarmUp
{
    /// <summary>A run of zeros is left out for inputs larger than this: it would cost more than it saves.</summary>
    private const long MaxZeroBytes = 64L << 20;

    /// <summary>Runs at the most to find a quick one among: models that load beside this one may hold up some.</summary>
    private const int Tries = 3;

    /// <summary>A model with a run of so many limits is not quick, even if it was the first one of the process.</summary>
    private const int Long = 250;

    /// <param name="session">What runs.</param>
    /// <param name="config">What its configuration lists.</param>
    /// <param name="metadata">Its signature.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="clock">The time.</param>
    /// <param name="last">How long the last run took; zero where there was none.</param>
    public static ServingError? Run(
        IModelSession session, ModelConfig config, ModelMetadata metadata, string folder, TimeProvider clock, out TimeSpan last)
    {
        last = default;
        int[] outputs = [.. Enumerable.Range(0, metadata.Outputs.Count)];
        if (config.ModelWarmup.Count == 0)
        {
            if (Zeros(metadata) is { } zeros) RunOnce(session, zeros, outputs, clock, out last);
            return null;
        }

        foreach (var warmUp in config.ModelWarmup)
        {
            if (!Read(warmUp, config, folder).TryGetValue(out var inputs, out var error)) return error;
            for (var i = 0; i < Math.Max(1, warmUp.Count); i++)
            {
                if (RunOnce(session, inputs, outputs, clock, out last) is { } failed)
                    return failed with { Code = ErrorCode.ModelNotReady, Message = $"model_warmup '{warmUp.Name}' failed: {failed.Message}" };
            }
        }

        return null;
    }

    /// <summary>
    /// Whether a run of one row is quick, as far as zeros tell: they tell nothing where an input may have any length, and after a long run nobody
    /// asks.
    /// </summary>
    /// <param name="session">What runs.</param>
    /// <param name="metadata">Its signature.</param>
    /// <param name="last">How long the last run of the warm-up took.</param>
    /// <param name="limit">What a quick run stays below.</param>
    /// <param name="clock">The time.</param>
    public static bool IsQuick(IModelSession session, ModelMetadata metadata, TimeSpan last, TimeSpan limit, TimeProvider clock)
    {
        if (last > Long * limit || metadata.Inputs.Any(input => input.Shape.Skip(Math.Min(metadata.MaxBatchSize, 1)).Any(d => d < 0))) return false;
        if (Zeros(metadata) is not { } zeros) return false;
        int[] outputs = [.. Enumerable.Range(0, metadata.Outputs.Count)];
        for (var i = 0; i < Tries; i++)
        {
            if (RunOnce(session, zeros, outputs, clock, out var took) is not null || took > Long * limit) return false;
            if (took < limit) return true;
        }

        return false;
    }

    private static ServingError? RunOnce(IModelSession session, Tensor[] inputs, int[] outputs, TimeProvider clock, out TimeSpan took)
    {
        using var lease = new TensorLease(TensorPool.Shared);
        var began = clock.GetTimestamp();
        var error = session.Run(inputs, outputs, lease).Error;
        took = clock.GetElapsedTime(began);
        return error;
    }

    /// <summary>One row of zeros for each input that must be given; null for a model that takes strings or very much.</summary>
    public static Tensor[]? Zeros(ModelMetadata metadata)
    {
        var inputs = new List<Tensor>();
        foreach (var input in metadata.Inputs.Where(i => !i.Optional))
        {
            long[] shape = [.. input.Shape.Select(d => d < 0 ? 1 : d)];
            if (input.Type == TensorType.Bytes || !TensorShape.TryElementCount(shape, out var count) || count * input.Type.Size() > MaxZeroBytes) return null;
            inputs.Add(new Tensor(input.Name, input.Type, shape, new byte[count * input.Type.Size()]));
        }

        return [.. inputs];
    }

    private static Outcome<Tensor[]> Read(WarmupConfig warmUp, ModelConfig config, string folder)
    {
        var inputs = new List<Tensor>();
        foreach (var (name, input) in warmUp.Inputs)
        {
            long[] shape = config.MaxBatchSize > 0 ? [Math.Max(1, warmUp.BatchSize), .. input.Dims] : [.. input.Dims];
            if (!TensorShape.TryElementCount(shape, out var count)) return Fault(warmUp, name, "its dims are not those of a tensor");
            if (!ReadData(input, count, folder).TryGetValue(out var data, out var error)) return Fault(warmUp, name, error.Message);
            inputs.Add(new Tensor(name, input.DataType, shape, data));
        }

        return inputs.ToArray();
    }

    private static Outcome<byte[]> ReadData(WarmupInput input, long count, string folder)
    {
        if (input.InputDataFile.Length > 0)
        {
            var file = Path.Combine(folder, "warmup", input.InputDataFile);
            if (!File.Exists(file)) return ServingError.Invalid($"'{file}' does not exist");
            var bytes = File.ReadAllBytes(file);
            return input.DataType == TensorType.Bytes || bytes.Length == count * input.DataType.Size()
                ? bytes
                : ServingError.Invalid($"'{file}' has {bytes.Length} bytes, not {count * input.DataType.Size()}");
        }

        if (input.DataType == TensorType.Bytes) return new byte[count * 4];
        var data = new byte[count * input.DataType.Size()];
        if (!input.RandomData) return data;

        // Random numbers between 0 and 1 (floats) or of 0 and 1 (the others): every model takes those.
        var random = new Random(17);
        for (long i = 0; i < count; i++)
        {
            var at = data.AsSpan((int)(i * input.DataType.Size()));
            switch (input.DataType)
            {
                case TensorType.Fp32: BinaryPrimitives.WriteSingleLittleEndian(at, random.NextSingle()); break;
                case TensorType.Fp64: BinaryPrimitives.WriteDoubleLittleEndian(at, random.NextDouble()); break;
                case TensorType.Fp16: BinaryPrimitives.WriteHalfLittleEndian(at, (Half)random.NextSingle()); break;
                case TensorType.Bf16: BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)(BitConverter.SingleToUInt32Bits(random.NextSingle()) >> 16)); break;
                default: at[0] = (byte)random.Next(2); break;
            }
        }

        return data;
    }

    private static ServingError Fault(WarmupConfig warmUp, string input, string why) =>
        new(ErrorCode.ModelNotReady, $"model_warmup '{warmUp.Name}', input '{input}': {why}");
}
