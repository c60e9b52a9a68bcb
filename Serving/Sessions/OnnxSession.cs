using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Serving.Inference;
using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>
/// One model loaded into ONNX Runtime. Weights exist once however many threads run it. Inputs are read where they lie (pooled
/// tensor memory is pinned); outputs are copied once, out of the runtime's memory into the answer's lease.
/// </summary>
internal sealed unsafe class OnnxSession : IModelSession
{
    /// <summary>Options of runs that are kept for the next run; as many runs at once are seldom more.</summary>
    private const int IdleRuns = 8;

    private readonly OnnxRuntime runtime;
    private readonly OrtApi api;
    private readonly OrtHandle session;
    private readonly RunWatch? watch;
    private readonly WatchedRun?[] idle = new WatchedRun?[IdleRuns];
    private readonly HashSet<WatchedRun> runs = [];
    private readonly NativeText texts = new();
    private readonly string[] inputNames;
    private readonly nint[] inputTexts;
    private readonly nint[] outputTexts;
    private readonly OutputBinding[] bindings;
    private bool terminated;

    private OnnxSession(OnnxRuntime runtime, OrtHandle session, RunWatch? watch)
    {
        this.watch = watch;
        this.runtime = runtime;
        this.session = session;
        api = runtime.Api;
        (Signature, inputNames, bindings, var outputNames) = new SignatureReader(runtime, session.DangerousGetHandle()).Read();
        inputTexts = Array.ConvertAll(inputNames, name => (nint)texts.Add(name));
        outputTexts = Array.ConvertAll(outputNames, name => (nint)texts.Add(name));
    }

    public SessionSignature Signature { get; }

    /// <summary>Loads a model file (external data beside it is found by the runtime).</summary>
    /// <param name="runtime">The process's runtime.</param>
    /// <param name="path">The model file.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="watch">Ends runs that take too long; null to let every run take its time.</param>
    /// <returns><see cref="ErrorCode.ModelNotReady"/> with the runtime's reason when it cannot be loaded.</returns>
    public static Outcome<IModelSession> Load(OnnxRuntime runtime, string path, SessionOptions options, RunWatch? watch = null)
    {
        try
        {
            using var native = SessionSetup.Create(runtime, options);
            nint created;
            if (OperatingSystem.IsWindows())
            {
                fixed (char* file = path) runtime.Check(runtime.Api.CreateSession(runtime.Environment, file, native.DangerousGetHandle(), &created));
            }
            else
            {
                using var texts = new NativeText();
                runtime.Check(runtime.Api.CreateSession(runtime.Environment, texts.Add(path), native.DangerousGetHandle(), &created));
            }

            return Own(runtime, created, watch);
        }
        catch (OrtException e)
        {
            return new ServingError(ErrorCode.ModelNotReady, e.Message);
        }
    }

    /// <summary>As above, of a model in memory.</summary>
    public static Outcome<IModelSession> Load(OnnxRuntime runtime, ReadOnlySpan<byte> model, SessionOptions options, RunWatch? watch = null)
    {
        try
        {
            using var native = SessionSetup.Create(runtime, options);
            nint created;
            fixed (byte* data = model)
                runtime.Check(runtime.Api.CreateSessionFromArray(runtime.Environment, data, (nuint)model.Length, native.DangerousGetHandle(), &created));
            return Own(runtime, created, watch);
        }
        catch (OrtException e)
        {
            return new ServingError(ErrorCode.ModelNotReady, e.Message);
        }
    }

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
    {
        var held = false;
        WatchedRun? run = null;
        try
        {
            session.DangerousAddRef(ref held);
            run = Begin();
            return RunHeld(inputs, outputs, lease, run.Options);
        }
        catch (OrtException) when (run is { IsEnded: true } && !terminated)
        {
            return new ServingError(ErrorCode.DeadlineExceeded,
                $"its run was ended after {watch!.Limit.TotalSeconds:0.###} s, the most that a run may take here (Serving:MaxRunSecs)");
        }
        catch (OrtException e)
        {
            return new ServingError(e.IsInvalidArgument ? ErrorCode.InvalidRequest : ErrorCode.ModelFailed, e.Message);
        }
        finally
        {
            if (run is not null) End(run);
            if (held) session.DangerousRelease();
            GC.KeepAlive(this);
        }
    }

    public void Terminate()
    {
        lock (runs)
        {
            terminated = true;
            foreach (var run in runs) run.End(0);
        }
    }

    public void Dispose()
    {
        if (session.IsClosed) return;
        for (var i = 0; i < IdleRuns; i++)
            if (Interlocked.Exchange(ref idle[i], null) is { } run) Forget(run);

        // A run that is under way keeps the native session until it ends; names and run options it may still read go with this object.
        session.Dispose();
        Libc.TrimMemory();
    }

    private static OnnxSession Own(OnnxRuntime runtime, nint created, RunWatch? watch)
    {
        var handle = new OrtHandle(created, runtime.Api.ReleaseSession);
        try
        {
            return new OnnxSession(runtime, handle, watch);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private WatchedRun Begin()
    {
        WatchedRun? run = null;
        for (var i = 0; i < IdleRuns && run is null; i++) run = Interlocked.Exchange(ref idle[i], null);
        if (run is null)
        {
            run = new WatchedRun(runtime);
            watch?.Add(run);
            lock (runs)
            {
                runs.Add(run);
                if (terminated) run.End(0);
            }
        }

        if (watch is not null) run.Began = watch.Now;
        return run;
    }

    private void End(WatchedRun run)
    {
        if (run.TryFinish() && !session.IsClosed)
        {
            for (var i = 0; i < IdleRuns; i++)
                if (Interlocked.CompareExchange(ref idle[i], run, null) is null) return;
        }

        Forget(run);
    }

    private void Forget(WatchedRun run)
    {
        watch?.Remove(run);
        lock (runs) runs.Remove(run);
        run.Dispose();
    }

    private Outcome<Tensor[]> RunHeld(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease, nint runOptions)
    {
        var inputValues = stackalloc nint[inputs.Length];
        var names = stackalloc byte*[inputs.Length];
        var natives = stackalloc int[outputs.Length];
        var outputNames = stackalloc byte*[outputs.Length];
        var outputValues = stackalloc nint[outputs.Length];
        var pins = default(FewPins);
        Span<MemoryHandle> pinned = inputs.Length <= FewPins.Count ? pins : new MemoryHandle[inputs.Length];
        var nativeCount = 0;
        new Span<nint>(inputValues, inputs.Length).Clear();
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                names[i] = (byte*)inputTexts[IndexOf(inputs[i].Name)];
                inputValues[i] = CreateValue(inputs[i], out pinned[i]);
            }

            for (var i = 0; i < outputs.Length; i++)
            {
                var native = bindings[outputs[i]].Native;
                if (new ReadOnlySpan<int>(natives, nativeCount).Contains(native)) continue;
                natives[nativeCount] = native;
                outputValues[nativeCount] = 0;
                outputNames[nativeCount++] = (byte*)outputTexts[native];
            }

            runtime.Check(api.Run(session.DangerousGetHandle(), runOptions, names, inputValues, (nuint)inputs.Length,
                outputNames, (nuint)nativeCount, outputValues));
            var ranges = stackalloc NativeRange[inputs.Length];
            for (var i = 0; i < inputs.Length; i++) ranges[i] = new NativeRange(pinned[i].Pointer, inputs[i].Data.Length);
            return ReadOutputs(outputs, new ReadOnlySpan<int>(natives, nativeCount), new Span<nint>(outputValues, nativeCount),
                new ReadOnlySpan<NativeRange>(ranges, inputs.Length), lease);
        }
        finally
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                if (inputValues[i] != 0) api.ReleaseValue(inputValues[i]);
                pinned[i].Dispose();
            }

            for (var i = 0; i < nativeCount; i++)
                if (outputValues[i] != 0) api.ReleaseValue(outputValues[i]);
        }
    }

    private Tensor[] ReadOutputs(
        ReadOnlySpan<int> outputs, ReadOnlySpan<int> natives, Span<nint> values, ReadOnlySpan<NativeRange> inputs, TensorLease lease)
    {
        var reader = new ValueReader(runtime, lease);

        // Of a value that is asked for twice, both answers are copies.
        var distinct = natives.Length == outputs.Length;
        var result = new Tensor[outputs.Length];
        List<Tensor>? grown = null;
        for (var i = 0; i < outputs.Length; i++)
        {
            var binding = bindings[outputs[i]];
            ref var value = ref values[natives.IndexOf(binding.Native)];
            var signature = Signature.Outputs[outputs[i]];
            if (binding.Form == OutputForm.Tensor)
            {
                var tensor = distinct ? reader.TakeTensor(signature.Name, ref value, inputs) : reader.ReadTensor(signature.Name, value);
                if (grown is null) result[i] = tensor;
                else grown.Add(tensor);
                continue;
            }

            if (grown is null)
            {
                grown = new List<Tensor>(outputs.Length + 4);
                for (var j = 0; j < i; j++) grown.Add(result[j]);
            }

            switch (binding.Form)
            {
                case OutputForm.Sequence: reader.ReadSequence(signature.Name, value, grown); break;
                case OutputForm.MapKeys: grown.Add(reader.ReadMap(signature, value, part: 0)); break;
                default: grown.Add(reader.ReadMap(signature, value, part: 1)); break;
            }
        }

        return grown is null ? result : [.. grown];
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < inputNames.Length; i++)
            if (inputNames[i] == name) return i;
        throw new OrtException(2, $"the model has no input '{name}'");
    }

    /// <summary>A native value over the tensor's own memory; strings are copied, since the runtime keeps its own kind.</summary>
    private nint CreateValue(Tensor tensor, out MemoryHandle pin)
    {
        nint value;
        pin = default;
        fixed (long* shape = tensor.Shape)
        {
            // A scalar's empty array pins to null, which the runtime takes for rank 0 only.
            var rank = (nuint)tensor.Shape.Length;
            if (tensor.Type != TensorType.Bytes)
            {
                pin = tensor.Data.Pin();
                runtime.Check(api.CreateTensorWithData(runtime.CpuMemory, pin.Pointer, (nuint)tensor.Data.Length, shape, rank,
                    ElementTypes.ToOrtType(tensor.Type), &value));
                return value;
            }

            runtime.Check(api.CreateTensor(runtime.Allocator, shape, rank, ElementTypes.ToOrtType(TensorType.Bytes), &value));
        }

        try
        {
            FillStrings(value, tensor.Data.Span);
            return value;
        }
        catch
        {
            api.ReleaseValue(value);
            throw;
        }
    }

    private void FillStrings(nint value, ReadOnlySpan<byte> data)
    {
        for (nuint i = 0; data.Length > 0; i++)
        {
            var length = MemoryMarshal.Read<int>(data);
            byte* buffer;
            runtime.Check(api.GetResizedStringElement(value, i, (nuint)length, &buffer));
            data.Slice(4, length).CopyTo(new Span<byte>(buffer, length));
            data = data[(4 + length)..];
        }
    }

    /// <summary>Room on the stack for the pins of the usual number of inputs.</summary>
    [InlineArray(Count)]
    private struct FewPins
    {
        public const int Count = 4;
        private MemoryHandle first;
    }
}
