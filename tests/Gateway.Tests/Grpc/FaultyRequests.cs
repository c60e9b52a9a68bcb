using Gateway.Grpc.Messages;
using Google.Protobuf;
using Input = Gateway.Grpc.Messages.ModelInferRequest.Types.InferInputTensor;
using Output = Gateway.Grpc.Messages.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Gateway.Tests.Grpc;

/// <summary>Requests with one fault each, by the sentence that it deserves.</summary>
internal static class FaultyRequests
{
    private const string Types = "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES";

    public static Dictionary<string, ModelInferRequest> Make()
    {
        var requests = new Dictionary<string, ModelInferRequest>
        {
            ["model_name is missing"] = new() { Id = "7" },
            [$"inputs[0].datatype is not one of {Types}"] = Typed("FP31", new InferTensorContents { Fp32Contents = { 1 } }, 1),
            ["raw_input_contents[0] has 4 bytes, but shape [2] of FP32 needs 8"] = Raw("FP32", [0, 0, 0, 0], 2),
            ["raw_input_contents[0] has the byte 2 as BOOL element 1; only 0 and 1 are"] = Raw("BOOL", [1, 2], 2),
            ["raw_input_contents[0] ends within the length of element 1 of its BYTES data"] = Raw("BYTES", [0, 0, 0, 0, 9], 2),
            ["raw_input_contents[0] has a BYTES element 0 of 9 bytes where 1 remain"] = Raw("BYTES", [9, 0, 0, 0, 0], 1),
            ["raw_input_contents[0] has 1 BYTES elements, but shape [2] needs 2"] = Raw("BYTES", [1, 0, 0, 0, 0], 2),
            ["inputs[0].contents has 0 elements, but shape [1] needs 1"] = Typed("FP32", null, 1),
            ["inputs[0] is FP32, which takes contents.fp32_contents; contents.fp64_contents is given"] =
                Typed("FP32", new InferTensorContents { Fp64Contents = { 1 } }, 1),
            ["inputs[0] is FP16, which has no field in contents; send raw_input_contents"] =
                Typed("FP16", new InferTensorContents { Fp32Contents = { 1 } }, 1),
            ["inputs[0].contents has the element 128 at 0, which is not from -128 to 127"] =
                Typed("INT8", new InferTensorContents { IntContents = { 128 } }, 1),
            ["inputs[0].contents has the element 256 at 0, which is not from 0 to 255"] =
                Typed("UINT8", new InferTensorContents { UintContents = { 256 } }, 1),
            ["inputs[0].shape has more than 32 dimensions"] = Raw("FP32", [], new long[33]),
            ["inputs[0].shape[1] is -1; a dimension cannot be negative"] = Raw("FP32", [], 1, -1),
            ["inputs[0].shape [4294967296,4294967296] has more elements than a tensor can hold"] = Raw("FP32", [], 1L << 32, 1L << 32),
        };
        AddInputs(requests);
        AddOutputs(requests);
        AddParameters(requests);
        return requests;
    }

    private static void AddInputs(Dictionary<string, ModelInferRequest> requests)
    {
        requests["inputs[0].name is missing"] = Changed(request => request.Inputs[0].Name = "");
        requests["inputs[0].datatype is missing"] = Changed(request => request.Inputs[0].Datatype = "");
        requests["inputs[1].name: input 'x' is given twice"] = Changed(request =>
        {
            request.Inputs.Add(request.Inputs[0]);
            request.RawInputContents.Add(request.RawInputContents[0]);
        });
        requests["raw_input_contents has 1 entries for 2 inputs; send one for each input, or none"] =
            Changed(request => request.Inputs.Add(request.Inputs[0]));
        requests["inputs[0] has contents, but the request has raw_input_contents; send one of them"] =
            Changed(request => request.Inputs[0].Contents = new InferTensorContents());
        requests["inputs[0].parameters asks for shared memory, which is not served here; send the data with the request"] =
            Changed(request => request.Inputs[0].Parameters["shared_memory_region"] = new InferParameter { StringParam = "r" });
        requests["model_name is longer than 512 bytes"] = Changed(request => request.ModelName = new string('m', 513));
        requests["id is longer than 4096 bytes"] = Changed(request => request.Id = new string('i', 4097));
    }

    private static void AddOutputs(Dictionary<string, ModelInferRequest> requests)
    {
        requests["outputs[0].name is missing"] = Changed(request => request.Outputs.Add(new Output()));
        requests["outputs[1].name: output 'y' is asked for twice"] =
            Changed(request => request.Outputs.Add([new Output { Name = "y" }, new Output { Name = "y" }]));
        requests["outputs[0].parameters.classification must be an int64_param: a number of classes, not negative"] =
            Changed(request => request.Outputs.Add(
                new Output { Name = "y", Parameters = { ["classification"] = new InferParameter { Int64Param = -1 } } }));
        requests["outputs[0].parameters asks for shared memory, which is not served here; take the data from the answer"] =
            Changed(request => request.Outputs.Add(
                new Output { Name = "y", Parameters = { ["shared_memory_region"] = new InferParameter { StringParam = "r" } } }));
    }

    private static void AddParameters(Dictionary<string, ModelInferRequest> requests)
    {
        requests["parameters.priority must be an int64_param or uint64_param from 0 to 2147483647"] =
            With("priority", new InferParameter { Int64Param = -1 });
        requests["parameters.timeout must be an int64_param of microseconds from 0 to 922337203685477580"] =
            With("timeout", new InferParameter { StringParam = "1" });
        requests["parameters.sequence_id must be a string_param, or an int64_param or uint64_param that is not negative"] =
            With("sequence_id", new InferParameter { BoolParam = true });
        requests["parameters.sequence_end must be a bool_param"] = With("sequence_end", new InferParameter { Int64Param = 1 });
        requests["parameters.triton_mode is reserved: keys may not start with 'triton_', except triton_enable_empty_final_response"] =
            With("triton_mode", new InferParameter { BoolParam = true });
        requests["parameters.empty has no value"] = With("empty", new InferParameter());
        requests["a key of parameters is empty"] = With("", new InferParameter { BoolParam = true });
        requests["parameters has more than 64 entries"] = Changed(request =>
        {
            for (var i = 0; i < 65; i++) request.Parameters[$"p{i}"] = new InferParameter { BoolParam = true };
        });
    }

    private static ModelInferRequest Changed(Action<ModelInferRequest> change)
    {
        var request = Infers.Raw(1);
        change(request);
        return request;
    }

    private static ModelInferRequest With(string name, InferParameter value) => Changed(request => request.Parameters[name] = value);

    private static ModelInferRequest Raw(string type, byte[] bytes, params long[] shape) => new()
    {
        ModelName = "m",
        Inputs = { new Input { Name = "x", Datatype = type, Shape = { shape } } },
        RawInputContents = { ByteString.CopyFrom(bytes) },
    };

    private static ModelInferRequest Typed(string type, InferTensorContents? contents, params long[] shape) => new()
    {
        ModelName = "m", Inputs = { new Input { Name = "x", Datatype = type, Shape = { shape }, Contents = contents } },
    };
}
