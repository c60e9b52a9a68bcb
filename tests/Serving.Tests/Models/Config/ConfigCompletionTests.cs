using Serving.Inference;
using Serving.Models.Config.Completion;
using Serving.Models.Config.Reading;

namespace Serving.Models.Config;

public sealed class ConfigCompletionTests
{
    private static readonly TensorSignature[] Features = [new("x", TensorType.Fp32, [-1, 4])];
    private static readonly TensorSignature[] LabelAndScores = [new("label", TensorType.Bytes, [-1]), new("scores", TensorType.Fp32, [-1, 3])];

    [Fact]
    public void Complete_NothingWrittenAndOpenFirstDimension_BatchesBySixtyFour()
    {
        var config = Completed("", Features, LabelAndScores);

        var expected = new ModelConfig
        {
            Name = "m",
            Platform = "onnxruntime_onnx",
            Backend = "onnxruntime",
            DefaultModelFilename = "model.onnx",
            MaxBatchSize = 64,
            DynamicBatching = new(),
            Input = [new InputConfig { Name = "x", DataType = TensorType.Fp32, Dims = [4] }],
            Output =
            [
                new OutputConfig { Name = "label", DataType = TensorType.Bytes, Dims = [1], Reshape = [] },
                new OutputConfig { Name = "scores", DataType = TensorType.Fp32, Dims = [3] },
            ],
            Warnings = ["'max_batch_size' was not set and is 64, since the model's first dimension is open in every tensor"],
        };
        Assert.Equal(expected, config);
    }

    [Fact]
    public void Complete_FixedFirstDimension_DoesNotBatch()
    {
        var config = Completed("", [new("x", TensorType.Fp32, [2, -1])], [new("y", TensorType.Int64, [])]);

        Assert.Equal(0, config.MaxBatchSize);
        Assert.Null(config.DynamicBatching);
        Assert.Equal([2, -1], config.Input[0].Dims);
        Assert.Equal((0, null), (config.Output[0].Dims.Count, config.Output[0].Reshape));
        Assert.Empty(config.Warnings);
    }

    [Theory]
    [InlineData("max_batch_size: 1", 1, false)]
    [InlineData("max_batch_size: 16", 16, true)]
    [InlineData("max_batch_size: 16 dynamic_batching { max_queue_delay_microseconds: 5 }", 16, true)]
    [InlineData("output { name: \"scores\" data_type: TYPE_FP32 dims: 3 }", 64, true)]
    [InlineData("output { name: \"scores\" dims: [-1, 3] }", 0, false)]
    [InlineData("output { name: \"scores\" }", 64, true)]
    [InlineData("max_batch_size: 8 input { name: \"x\" dims: 4 } output { name: \"scores\" dims: 3 }", 8, false)]
    [InlineData("input { name: \"x\" dims: [-1, 4] } output { name: \"scores\" dims: [-1, 3] }", 0, false)]
    public void Complete_PartlyWritten_BatchesAsFarAsItSays(string text, int maxBatchSize, bool dynamic)
    {
        var config = Completed(text, Features, LabelAndScores);

        Assert.Equal((maxBatchSize, dynamic), (config.MaxBatchSize, config.DynamicBatching is not null));
    }

    [Fact]
    public void Complete_DeclaredOutput_HidesTheOthers() =>
        Assert.Equal(["scores"], Completed("output { name: \"scores\" label_filename: \"l\" }", Features, LabelAndScores).Output.Select(o => o.Name));

    [Fact]
    public void Complete_OptionalInputs_AreKnownFromTheModel()
    {
        TensorSignature[] inputs = [Features[0], new("w", TensorType.Fp32, [4]) { Optional = true }];

        Assert.Equal([("x", false), ("w", true)], Completed("", inputs, []).Input.Select(i => (i.Name, i.Optional)));
        Assert.Equal(["x"], Completed("input { name: \"x\" }", inputs, []).Input.Select(i => i.Name));
    }

    [Fact]
    public void Complete_RequiredInputNotDeclared_IsAddedWithAWarning()
    {
        var config = Completed("input { name: \"x\" }", [Features[0], new("mask", TensorType.Bool, [-1, 1])], LabelAndScores);

        Assert.Equal(["x", "mask"], config.Input.Select(i => i.Name));
        Assert.Contains("input 'mask' was not declared and is added, since the model cannot run without it", config.Warnings);
    }

    [Fact]
    public void Complete_OutputOfUnknownShape_IsTakenFromTheConfiguration()
    {
        var config = Completed("max_batch_size: 8 output { name: \"y\" dims: [3] }", Features, [new("y", TensorType.Fp32, [])]);

        Assert.Equal([3], config.Output[0].Dims);
    }

    [Fact]
    public void Complete_Reshape_IsWhatTheModelSees()
    {
        var config = Completed("max_batch_size: 8 input { name: \"x\" dims: [2, 2] reshape { shape: [4] } }", Features, LabelAndScores);

        Assert.Equal([2, 2], config.Input[0].Dims);
        Assert.Equal([4], config.Input[0].Reshape!);
    }

    [Theory]
    [InlineData("input { name: \"z\" }", "the configuration has the input 'z', but the model's inputs are 'x'")]
    [InlineData("output { name: \"z\" }", "the configuration has the output 'z', but the model's outputs are 'label', 'scores'")]
    [InlineData("input { name: \"x\" data_type: TYPE_FP64 }", "input 'x' has the data type FP64 in the configuration and FP32 in the model")]
    [InlineData("input { name: \"x\" dims: [3] }", "input 'x' has the shape [-1,3] in the configuration and [-1,4] in the model")]
    [InlineData("input { name: \"x\" dims: [-1] }", "input 'x' has the shape [-1,-1] in the configuration and [-1,4] in the model")]
    [InlineData("input { name: \"x\" dims: [4, 1] }", "input 'x' has the shape [-1,4,1] in the configuration and [-1,4] in the model")]
    [InlineData("input { name: \"x\" dims: [2, 2] reshape { shape: [4, 1] } }", "input 'x' has the shape [-1,4,1] in the configuration and [-1,4] in the model")]
    [InlineData("input { name: \"x\" optional: true }", "input 'x' is marked 'optional', but the model cannot run without it")]
    [InlineData("dynamic_batching { preferred_batch_size: [4, 16] }", "'dynamic_batching.preferred_batch_size' has 16, but 'max_batch_size' is 8")]
    [InlineData("model_warmup { name: \"w\" batch_size: 9 inputs { key: \"x\" value { data_type: TYPE_FP32 dims: 4 zero_data: true } } }",
        "'model_warmup' 'w' has a 'batch_size' of 9, but 'max_batch_size' is 8")]
    [InlineData("model_warmup { name: \"w\" inputs { key: \"x\" value { data_type: TYPE_INT8 dims: 5 zero_data: true } } }",
        "'model_warmup' 'w' gives input 'x' as INT8, but it is FP32; 'model_warmup' 'w' gives input 'x' the dims [5], but they are [4]")]
    [InlineData("model_warmup { name: \"w\" inputs { key: \"z\" value { data_type: TYPE_INT8 dims: 5 zero_data: true } } }",
        "'model_warmup' 'w' lacks the input 'x'; 'model_warmup' 'w' has the input 'z', which the model does not have")]
    public void Complete_AgainstTheModel_IsRefusedInASentence(string text, string sentence)
    {
        var outcome = ConfigCompletion.Complete(ConfigSamples.Text("max_batch_size: 8 " + text).Value, Features, LabelAndScores);

        Assert.Equal(sentence, outcome.Error?.Message);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("output { name: \"y\" }", 2)]
    public void Complete_BatchSizeOfAModelThatCannot_IsRefused(string text, int first)
    {
        var outcome = ConfigCompletion.Complete(
            ConfigSamples.Text("max_batch_size: 8 " + text).Value, Features, [new("y", TensorType.Fp32, [first, 3])]);

        Assert.StartsWith(
            "the model does not support batching while 'max_batch_size' is 8: its output 'y' has the shape [2,3]; set it to 0",
            outcome.Error!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Complete_EffectiveConfiguration_StaysAsItIs()
    {
        var effective = Completed("", Features, LabelAndScores);
        var read = ConfigJsonReader.Read(ConfigJsonWriter.Write(effective).Span, "model.json", "m").Value;

        Assert.Equal(effective with { Warnings = [] }, ConfigCompletion.Complete(read, Features, LabelAndScores).Value);
    }

    private static ModelConfig Completed(string text, TensorSignature[] inputs, TensorSignature[] outputs) =>
        ConfigCompletion.Complete(ConfigSamples.Text(text).Value, inputs, outputs).Value;
}
