using Serving.Models.Config.Reading;

namespace Serving.Models.Config;

public sealed class ConfigFaultsTests
{
    [Theory]
    [InlineData("max_batch_size 4", 1, "':' or '{' must follow 'max_batch_size', but there is '4'")]
    [InlineData("\ninput {\n name: \"x\"", 3, "the message opened on line 2 is not closed; add '}'")]
    [InlineData("input < name: \"x\" }", 1, "a field's name must stand here, but there is '}'")]
    [InlineData("name: \"m", 1, "a string is not closed on its line")]
    [InlineData("name: \"\\q\"", 1, "a string has an escape that does not exist; write a backslash as \\\\")]
    [InlineData("name: \"\\xff\"", 1, "a string is not valid UTF-8")]
    [InlineData("name: \"\\ud800\"", 1, "a string has an escape that does not exist; write a backslash as \\\\")]
    [InlineData("input [ {} {} ]", 1, "',' or ']' must follow an item of a list, but there is '{'")]
    [InlineData("input { dims: [1,] }", 1, "a value must stand here, but there is ']'")]
    [InlineData("name: ", 1, "a value must stand here, but there is the end of the file")]
    [InlineData("é: 1", 1, "the byte 0xc3 has no place outside of strings and comments")]
    [InlineData("[a.b", 1, "']' must close the name of an extension, but there is the end of the file")]
    [InlineData("max_batch_size: \"4\"", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("max_batch_size: 08", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("max_batch_size: 0x", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("max_batch_size: 2147483648", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("max_batch_size: 1.0", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("max_batch_size: 1\nmax_batch_size: 1", 2, "'max_batch_size' is set twice, first on line 1")]
    [InlineData("max_batch_size: [1]", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("name: m", 1, "'name' must be a string in quotes")]
    [InlineData("response_cache: true", 1, "'response_cache' must be a message in braces")]
    [InlineData("response_cache { enable: 2 }", 1, "'response_cache.enable' must be true or false")]
    [InlineData("instance_group { kind: KIND_TPU }", 1, "'instance_group[0].kind' must be one of KIND_AUTO, KIND_GPU, KIND_CPU, KIND_MODEL")]
    [InlineData("instance_group { kind: 4 }", 1, "'instance_group[0].kind' must be one of KIND_AUTO, KIND_GPU, KIND_CPU, KIND_MODEL")]
    [InlineData("parameters { value: { string_value: \"x\" } }", 1, "'parameters' has an entry without a key")]
    [InlineData("metric_tags: \"x\"", 1, "'metric_tags' must be written as metric_tags { key: … value: … }")]
    [InlineData("metric_tags { key: \"a\" value: \"1\" }\nmetric_tags { key: \"a\" value: \"1\" }", 2, "'metric_tags' has the key 'a' twice")]
    [InlineData("serving { }", 1, "'serving' is read from model.json only; write the whole configuration there")]
    public void TextRead_Malformed_NamesTheLine(string text, int line, string sentence) =>
        AssertRefused(ConfigSamples.Text(text), $"config.pbtxt:{line}: {sentence}");

    [Theory]
    [InlineData("[]", 1, "the file must hold one JSON object")]
    [InlineData("{\n\"name\": \"m\",\n\"name\": \"m\"}", 3, "'name' is set twice in the same object")]
    [InlineData("{\n\"name\": \"\\ud800\"}", 2, "a string is not valid Unicode")]
    [InlineData("{\"max_batch_size\": 1,\n \"maxBatchSize\": 1}", 2, "'maxBatchSize' is set twice, first on line 1")]
    [InlineData("{\"max_batch_size\": 1.5}", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("{\"max_batch_size\": 1e400}", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("{\"max_batch_size\": true}", 1, "'max_batch_size' must be an integer from -2147483648 to 2147483647")]
    [InlineData("{\"input\": {\"name\": \"x\"}}", 1, "'input' must be a list in brackets")]
    [InlineData("{\"input\": [null]}", 1, "'input[0]' must be an object in braces")]
    [InlineData("{\"response_cache\": {\"enable\": \"true\"}}", 1, "'response_cache.enable' must be true or false")]
    [InlineData("{\"parameters\": []}", 1, "'parameters' must be an object in braces")]
    [InlineData("{\"parameters\": {\"a\": \"1\"}}", 1, "'parameters[\"a\"]' must be an object in braces")]
    [InlineData("{\"serving\": 1}", 1, "'serving' must be an object in braces")]
    [InlineData("{\"serving\": {\n\"drfit\": {}}}", 2, "'serving.drfit' does not exist; 'serving' has drift, quality, replicas, rollout and tuning")]
    [InlineData("{\"dynamic_batching\": {\"priority_queue_policy\": {\"one\": {}}}}", 1,
        "the key 'one' of 'dynamic_batching.priority_queue_policy' must be an integer from 0 to 9223372036854775807")]
    public void JsonRead_Malformed_NamesTheLine(string json, int line, string sentence) =>
        AssertRefused(ConfigSamples.Json(json), $"model.json:{line}: {sentence}");

    [Theory]
    [InlineData("{\"name\": \"m\"")]
    [InlineData("{\n\"name\": tru}")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": 1,}")]
    [InlineData("// comment\n{}")]
    public void JsonRead_NotJson_IsRefused(string json) =>
        Assert.StartsWith("model.json:", ConfigSamples.Json(json).Error!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("name: \"other\"", "'name' is 'other', but the model's folder is 'm'; make them the same or leave 'name' out")]
    [InlineData("platform: \"tensorrt_plan\"", "'platform' is 'tensorrt_plan', but only 'onnxruntime_onnx' is served here")]
    [InlineData("backend: \"python\"", "'backend' is 'python', but only 'onnxruntime' is served here")]
    [InlineData("max_batch_size: -1", "'max_batch_size' must be 0 or more")]
    [InlineData("version_policy { all {} latest {} }", "'version_policy.latest' contradicts 'all': only one of them may be set")]
    [InlineData("version_policy { specific {} }", "'version_policy.specific.versions' names no version")]
    [InlineData("version_policy { specific { versions: 0 } }", "'version_policy.specific.versions' must be 1 or more each")]
    [InlineData("input { dims: 1 }", "'input[0]' needs a 'name'")]
    [InlineData("input { name: \"x\" } input { name: \"x\" }", "'input' has 'x' twice")]
    [InlineData("input { name: \"x\" dims: -2 }", "input 'x': 'dims' is [-2]; each must be 0 or more, or -1 where it varies")]
    [InlineData("input { name: \"x\" dims: [2, 3] reshape { shape: [5] } }", "input 'x': 'reshape' [5] has not as many elements as 'dims' [2,3]")]
    [InlineData("output { name: \"y\" dims: [-1, 4] reshape { shape: [2, -1, 2] } }",
        "output 'y': 'reshape' [2,-1,2] has not as many elements as 'dims' [-1,4]")]
    [InlineData("output { name: \"y\" label_filename: \"../secret\" }", "'label_filename' must name a file inside the model's folder, not '../secret'")]
    [InlineData("default_model_filename: \"/etc/passwd\"", "'default_model_filename' must name a file inside the model's folder, not '/etc/passwd'")]
    [InlineData("instance_group { count: -1 }", "'instance_group.count' must be from 0 to 1024, not -1")]
    [InlineData("optimization { graph { level: 3 } }", "'optimization.graph.level' is 3; it is -1 (basic), 0 (all), 1 (extended) or 2 (none)")]
    [InlineData("optimization { execution_accelerators { cpu_execution_accelerator { } } }",
        "'optimization.execution_accelerators.cpu_execution_accelerator' needs a 'name'")]
    [InlineData("dynamic_batching { preferred_batch_size: 0 }", "'dynamic_batching.preferred_batch_size' must be 1 or more each")]
    [InlineData("dynamic_batching { default_priority_level: 1 }", "'dynamic_batching.default_priority_level' needs 'priority_levels'")]
    [InlineData("dynamic_batching { priority_levels: 2 }",
        "'dynamic_batching.default_priority_level' must be from 1 to 'priority_levels', which is 2")]
    [InlineData("dynamic_batching { priority_queue_policy { key: 1 value { } } }",
        "'dynamic_batching.priority_queue_policy' has the level 1, but 'priority_levels' is 0")]
    [InlineData("dynamic_batching { priority_levels: 99999 default_priority_level: 1 }",
        "'dynamic_batching.priority_levels' is 99999; 1024 are allowed")]
    [InlineData("dynamic_batching { } sequence_batching { }",
        "'sequence_batching' cannot be honoured: sequences of requests with state are not served; remove it if the model keeps no state")]
    [InlineData("ensemble_scheduling { step { model_name: \"a\" } }",
        "'ensemble_scheduling' cannot be honoured: ensembles are not served; serve the steps as models and call them in turn")]
    [InlineData("batch_input { kind: BATCH_ELEMENT_COUNT }",
        "'batch_input' cannot be honoured: the model would miss the inputs that the server was to make; make them part of the model")]
    [InlineData("model_warmup { }", "'model_warmup' needs 'inputs'")]
    [InlineData("model_warmup { inputs { key: \"x\" value { zero_data: true } } }", "'model_warmup.inputs' 'x' needs a 'data_type'")]
    [InlineData("model_warmup { inputs { key: \"x\" value { data_type: TYPE_FP32 } } }",
        "'model_warmup.inputs' 'x' needs 'zero_data', 'random_data' or 'input_data_file'")]
    [InlineData("model_warmup { inputs { key: \"x\" value { data_type: TYPE_FP32 zero_data: true random_data: true } } }",
        "'model_warmup[0].inputs.value.random_data' contradicts 'zero_data': only one of them may be set")]
    [InlineData("model_warmup { inputs { key: \"x\" value { data_type: TYPE_FP32 zero_data: true dims: -1 } } }",
        "'model_warmup.inputs' 'x': 'dims' [-1] must be fixed")]
    [InlineData("model_metrics { metric_control { metric_identifier { family: \"f\" } histogram_options { buckets: [2, 1] } } }",
        "the buckets of 'f' must be finite numbers, at least one, each larger than the one before")]
    public void Read_Contradiction_IsRefusedInASentence(string text, string sentence) =>
        AssertRefused(ConfigSamples.Text(text), $"config.pbtxt:1: {sentence}");

    [Fact]
    public void Read_SeveralFaults_AreReportedTogether() => AssertRefused(
        ConfigSamples.Text("name: \"x\"\nmax_batch_size: -1\ninput {\n dims: true\n}"),
        "config.pbtxt:4: 'input[0].dims[0]' must be an integer from -9223372036854775808 to 9223372036854775807; " +
        "config.pbtxt:1: 'name' is 'x', but the model's folder is 'm'; make them the same or leave 'name' out; " +
        "config.pbtxt:2: 'max_batch_size' must be 0 or more; config.pbtxt:3: 'input[0]' needs a 'name'");

    [Fact]
    public void Read_MoreFaultsThanAreKept_CountsTheRest()
    {
        var message = ConfigSamples.Text(string.Concat(Enumerable.Repeat("input { }\n", 60))).Error!.Message;

        Assert.Equal(50, message.Split("needs a 'name'").Length - 1);
        Assert.EndsWith("; and 10 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FaultThatQuotesTheFile_IsCutShort()
    {
        var message = ConfigSamples.Json("{\"parameters\": {\"" + new string('k', 9000) + "\": 1}}").Error!.Message;

        Assert.InRange(message.Length, 500, 520);
    }

    [Theory]
    [InlineData("novelty: 1", "'novelty' is not a field of the model configuration and is ignored")]
    [InlineData("novelty { a: [ { b: <c: -inf> } ] }", "'novelty' is not a field of the model configuration and is ignored")]
    [InlineData("[type.googleapis.com/a.B] { x: 1 }", "'[type.googleapis.com/a.B]' is not a field of the model configuration and is ignored")]
    [InlineData("maxBatchSize: 4", "'maxBatchSize' is not a field of the model configuration and is ignored")]
    [InlineData("input { name: \"x\" colour: 1 }", "'input[0].colour' is not a field of the model configuration and is ignored")]
    [InlineData("input { name: \"x\" format: FORMAT_NCHW }", "'input[0].format' has no effect: tensors are passed on as they come")]
    [InlineData("instance_group { kind: KIND_GPU }", "'instance_group.kind' KIND_GPU has no effect: the group runs on the CPU's cores")]
    [InlineData("instance_group { gpus: [0, 1] }", "'instance_group[0].gpus' has no effect: it only concerns GPUs")]
    [InlineData("instance_group { rate_limiter { priority: 1 } }", "'instance_group[0].rate_limiter' has no effect: this server does not do that")]
    [InlineData("optimization { cuda { graphs: true } }", "'optimization.cuda' has no effect: it only concerns GPUs")]
    [InlineData("model_transaction_policy { decoupled: true }",
        "'model_transaction_policy.decoupled' has no effect: an ONNX model gives one answer to each request")]
    public void Read_WithoutEffect_IsAWarning(string text, string sentence) =>
        Assert.Equal([$"config.pbtxt:1: {sentence}"], ConfigSamples.Text(text).Value.Warnings);

    [Fact]
    public void JsonRead_FieldsAtTheirDefaults_AreNoWarning() => Assert.Empty(ConfigSamples.Json("""
        {"runtime": "", "batch_input": [], "batch_output": [], "sequence_batching": null, "model_transaction_policy": {"decoupled": false},
         "input": [{"name": "x", "format": "FORMAT_NONE", "is_shape_tensor": false, "allow_ragged_batch": false}],
         "instance_group": [{"gpus": [], "rate_limiter": null, "passive": false, "host_policy": ""}], "cc_model_filenames": {}}
        """).Value.Warnings);

    [Theory]
    [InlineData(31, true)]
    [InlineData(33, false)]
    public void Read_Nesting_HasALimit(int depth, bool accepted)
    {
        var text = string.Concat(Enumerable.Repeat("a { ", depth)) + string.Concat(Enumerable.Repeat("}", depth));
        var json = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + string.Concat(Enumerable.Repeat("}", depth));

        Assert.Equal(accepted, ConfigSamples.Text(text).IsSuccess);
        Assert.Equal(accepted, ConfigSamples.Json(json).IsSuccess);
    }

    [Fact]
    public void Read_TooLong_IsRefused()
    {
        var blanks = new byte[ConfigLimits.FileBytes + 1];
        Array.Fill(blanks, (byte)' ');

        AssertRefused(ConfigTextReader.Read(blanks, "config.pbtxt", "m"), "config.pbtxt:1: the file has 1048577 bytes; 1048576 are allowed");
        AssertRefused(ConfigJsonReader.Read(blanks, "model.json", "m"), "model.json:1: the file has 1048577 bytes; 1048576 are allowed");
        Assert.True(ConfigTextReader.Read(blanks.AsSpan(1), "config.pbtxt", "m").IsSuccess);
    }

    private static void AssertRefused(Outcome<ModelConfig> outcome, string message)
    {
        Assert.Equal(message, outcome.Error?.Message);
        Assert.Equal(ErrorCode.InvalidRequest, outcome.Error!.Code);
    }
}
