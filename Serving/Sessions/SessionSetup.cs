using Serving.Sessions.Native;

namespace Serving.Sessions;

/// <summary>Turns <see cref="SessionOptions"/> into the runtime's own options object.</summary>
internal static unsafe class SessionSetup
{
    public static OrtHandle Create(OnnxRuntime runtime, SessionOptions options)
    {
        var api = runtime.Api;
        nint native;
        runtime.Check(api.CreateSessionOptions(&native));
        var handle = new OrtHandle(native, api.ReleaseSessionOptions);
        try
        {
            runtime.Check(api.SetIntraOpNumThreads(native, options.IntraOpThreads));
            runtime.Check(api.SetInterOpNumThreads(native, options.InterOpThreads));
            runtime.Check(api.SetSessionExecutionMode(native, options.ParallelExecution ? 1 : 0));
            runtime.Check(api.SetSessionGraphOptimizationLevel(native, options.GraphOptimizationLevel));
            runtime.Check(options.MemoryArena ? api.EnableCpuMemArena(native) : api.DisableCpuMemArena(native));
            runtime.Check(options.MemoryPattern ? api.EnableMemPattern(native) : api.DisableMemPattern(native));
            using var texts = new NativeText();
            var spin = texts.Add(options.AllowSpinning ? "1" : "0");
            runtime.Check(api.AddSessionConfigEntry(native, texts.Add("session.intra_op.allow_spinning"), spin));
            runtime.Check(api.AddSessionConfigEntry(native, texts.Add("session.inter_op.allow_spinning"), spin));
            foreach (var provider in options.Providers) AppendOrSay(runtime, native, provider, texts);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>A build may list a provider and still lack its libraries, which shows only here.</summary>
    private static void AppendOrSay(OnnxRuntime runtime, nint options, ExecutionProvider provider, NativeText texts)
    {
        try
        {
            Append(runtime, options, provider, texts);
        }
        catch (OrtException e)
        {
            throw new OrtException(e.Code,
                $"the execution provider '{provider.Name}' of optimization.execution_accelerators cannot be used with this build of ONNX Runtime: {e.Message}");
        }
    }

    private static void Append(OnnxRuntime runtime, nint options, ExecutionProvider provider, NativeText texts)
    {
        if (!Offered(runtime, provider.Name))
        {
            throw new OrtException(0,
                $"it has {string.Join(", ", runtime.Providers)}; name a library that has it with Serving:OnnxRuntimeLibrary, or remove it");
        }

        var count = provider.Parameters.Count;
        var keys = stackalloc byte*[count];
        var values = stackalloc byte*[count];
        var i = 0;
        foreach (var (key, value) in provider.Parameters)
        {
            keys[i] = texts.Add(key);
            values[i++] = texts.Add(value);
        }

        var api = runtime.Api;
        if (!provider.Name.Equals("cuda", StringComparison.OrdinalIgnoreCase))
        {
            runtime.Check(api.AppendExecutionProvider(options, texts.Add(NativeName(provider.Name)), keys, values, (nuint)count));
            return;
        }

        // CUDA alone is not reached by name: it has an options object of its own.
        nint cuda;
        runtime.Check(api.CreateCudaOptions(&cuda));
        try
        {
            if (count > 0) runtime.Check(api.UpdateCudaOptions(cuda, keys, values, (nuint)count));
            runtime.Check(api.AppendCuda(options, cuda));
        }
        finally
        {
            api.ReleaseCudaOptions(cuda);
        }
    }

    private static bool Offered(OnnxRuntime runtime, string name)
    {
        foreach (var offered in runtime.Providers)
            if (offered.Equals(name + "ExecutionProvider", StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static string NativeName(string name) => name.ToUpperInvariant() switch
    {
        "OPENVINO" => "OpenVINO",
        "COREML" => "CoreML",
        "WEBGPU" => "WebGPU",
        "VITISAI" => "VitisAI",
        var upper => upper,
    };
}
