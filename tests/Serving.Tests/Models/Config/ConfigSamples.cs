using System.Text;
using Serving.Models.Config.Reading;

namespace Serving.Models.Config;

/// <summary>Configurations in both forms, and short ways to read them as model <c>m</c>.</summary>
internal static class ConfigSamples
{
    /// <summary>Every field that has an effect.</summary>
    public const string WholeText = """
        # a model with everything
        name: "m"  platform: 'onnxruntime_onnx'; backend: "onnx" "runtime",
        version_policy: { specific { versions: [3, 1] versions: 0x10 } }
        max_batch_size: 010   # octal: eight
        input [
          { name: "image" data_type: TYPE_FP32 dims: [ 1, 8, 8 ] },
          { name: "gate" data_type: 1 dims: 1 reshape { shape: [] } optional: true }
        ]
        input < name: "tag" data_type: TYPE_STRING dims: -1 >
        output { name: "scores" data_type: TYPE_BF16 dims: [ 10 ] label_filename: "labels.txt" }
        instance_group [ { name: "g" kind: KIND_CPU count: 2 }, { kind: 0 } ]
        default_model_filename: "net.onnx"
        metric_tags { key: "team" value: "a\tb \x41\102\u00e9" }
        dynamic_batching {
          preferred_batch_size: [ 8, 4 ]
          max_queue_delay_microseconds: 100
          preserve_ordering: true
          priority_levels: 2
          default_priority_level: 2
          default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5000 allow_timeout_override: t max_queue_size: 7 }
          priority_queue_policy [ { key: 1 value: { max_queue_size: 3 } } ]
        }
        parameters { key: "intra_op_thread_count" value: { string_value: "2" } }
        parameters: { key: "execution_mode", value { string_value: "1" } }
        optimization {
          graph { level: -1 }
          execution_accelerators {
            gpu_execution_accelerator: [ { name: "cuda" } ]
            cpu_execution_accelerator { name: "openvino" parameters { key: "device" value: "CPU" } }
          }
        }
        model_warmup {
          name: "first" batch_size: 2 count: 3
          inputs { key: "image" value { data_type: TYPE_FP32 dims: [1, 8, 8] random_data: true } }
          inputs { key: "gate" value { data_type: TYPE_BOOL dims: [1] input_data_file: "gate.bin" } }
        }
        response_cache { enable: true }
        model_metrics { metric_control { metric_identifier { family: "f" } histogram_options { buckets: [ 1, 2.5, 1e2 ] } } }
        """;

    /// <summary>The same as <see cref="WholeText"/>, spelled in both of JSON's ways.</summary>
    public const string WholeJson = """
        {
          "name": "m", "platform": "onnxruntime_onnx", "backend": "onnxruntime",
          "versionPolicy": {"specific": {"versions": ["3", 1, 16]}},
          "maxBatchSize": 8,
          "input": [
            {"name": "image", "data_type": "TYPE_FP32", "dims": ["1", 8, 8.0]},
            {"name": "gate", "dataType": 1, "dims": [1], "reshape": {"shape": []}, "optional": true},
            {"name": "tag", "data_type": "TYPE_STRING", "dims": [-1], "reshape": null}
          ],
          "output": [{"name": "scores", "data_type": "TYPE_BF16", "dims": [1e1], "labelFilename": "labels.txt"}],
          "instance_group": [{"name": "g", "kind": "KIND_CPU", "count": 2}, {}],
          "default_model_filename": "net.onnx",
          "metric_tags": {"team": "a\tb ABé"},
          "dynamicBatching": {
            "preferredBatchSize": [8, 4], "max_queue_delay_microseconds": "100", "preserveOrdering": true,
            "priorityLevels": "2", "defaultPriorityLevel": 2,
            "default_queue_policy": {"timeout_action": "DELAY", "default_timeout_microseconds": 5000, "allowTimeoutOverride": true, "maxQueueSize": 7},
            "priority_queue_policy": {"1": {"max_queue_size": 3}}
          },
          "parameters": {"intra_op_thread_count": {"string_value": "2"}, "execution_mode": {"stringValue": "1"}},
          "optimization": {
            "graph": {"level": -1},
            "executionAccelerators": {
              "gpu_execution_accelerator": [{"name": "cuda"}],
              "cpuExecutionAccelerator": [{"name": "openvino", "parameters": {"device": "CPU"}}]
            }
          },
          "model_warmup": [{
            "name": "first", "batch_size": 2, "count": 3,
            "inputs": {
              "image": {"data_type": "TYPE_FP32", "dims": [1, 8, 8], "random_data": true},
              "gate": {"data_type": "TYPE_BOOL", "dims": [1], "input_data_file": "gate.bin"}
            }
          }],
          "response_cache": {"enable": true},
          "model_metrics": {"metric_control": [{"metric_identifier": {"family": "f"}, "histogram_options": {"buckets": [1, 2.5, "1e2"]}}]}
        }
        """;

    public static Outcome<ModelConfig> Text(string text) => ConfigTextReader.Read(Encoding.UTF8.GetBytes(text), "config.pbtxt", "m");

    public static Outcome<ModelConfig> Json(string json) => ConfigJsonReader.Read(Encoding.UTF8.GetBytes(json), "model.json", "m");
}
