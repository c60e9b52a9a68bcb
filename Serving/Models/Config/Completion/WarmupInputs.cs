using Serving.Inference;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Completion;

/// <summary>Checks that each warm-up is a request the model would take.</summary>
internal static class WarmupInputs
{
    public static void Check(ModelConfig config, Findings findings)
    {
        foreach (var warmup in config.ModelWarmup)
        {
            foreach (var input in config.Input)
            {
                if (warmup.Inputs.TryGetValue(input.Name, out var data)) Check(warmup.Name, input, data, findings);
                else if (!input.Optional) findings.Refuse($"'model_warmup' '{warmup.Name}' lacks the input '{input.Name}'");
            }

            foreach (var name in warmup.Inputs.Keys)
                if (!config.Input.Any(input => input.Name == name))
                    findings.Refuse($"'model_warmup' '{warmup.Name}' has the input '{name}', which the model does not have");
        }
    }

    private static void Check(string warmup, InputConfig input, WarmupInput data, Findings findings)
    {
        if (data.DataType != input.DataType)
            findings.Refuse(
                $"'model_warmup' '{warmup}' gives input '{input.Name}' as {data.DataType.Name()}, but it is {input.DataType.Name()}");
        if (!Fits(input.Dims, data.Dims))
            findings.Refuse($"'model_warmup' '{warmup}' gives input '{input.Name}' the dims {data.Dims}, but they are {input.Dims}");
    }

    private static bool Fits(ValueList<long> dims, ValueList<long> data)
    {
        if (dims.Count != data.Count) return false;
        for (var i = 0; i < dims.Count; i++)
            if (dims[i] != -1 && dims[i] != data[i]) return false;
        return true;
    }
}
