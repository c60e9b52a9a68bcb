namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>The bodies that mutation starts from: every datatype and every member, small.</summary>
internal static class BodyCorpus
{
    public static readonly FuzzBody[] All =
    [
        FuzzBody.Json("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}"""),
        FuzzBody.Json("""{"id":"a-1","inputs":[{"name":"x","shape":[2,2],"datatype":"FP64","data":[[0.8444218635559082, -1e-7],[1E+3,12345678901234567890]]}],"outputs":[{"name":"y"}]}"""),
        FuzzBody.Json("""{"inputs":[{"data":[[1,2],[3,4],[5,6]],"name":"x","shape":[3,2],"datatype":"INT64"}]}"""),
        FuzzBody.Json("""{"inputs":[{"name":"a","shape":[3],"datatype":"BYTES","data":["plain","\u00e9\ud83d\ude00 \"\\","é"]},{"name":"b","shape":[2],"datatype":"BOOL","data":[true,0]}]}"""),
        FuzzBody.Json("""{"inputs":[{"name":"u","shape":[2],"datatype":"UINT64","data":[18446744073709551615,0]},{"name":"s","shape":[],"datatype":"INT8","data":-128}]}"""),
        FuzzBody.Json("""{"inputs":[{"name":"h","shape":[2,0],"datatype":"FP16","data":[[],[]]},{"name":"g","shape":[2],"datatype":"BF16","data":[1.5,65504]}]}"""),
        FuzzBody.Json("""{"model_name":"m","parameters":{"priority":1,"timeout":1000,"sequence_id":"s","k":"\t\u0041","n":-1.5e3,"b":false},"inputs":[],"x":{"y":[{},[],null,true,"\/"]}}"""),
        FuzzBody.Json("""{"parameters":{"binary_data_output":true},"outputs":[{"name":"a","parameters":{"binary_data":false,"classification":2}},{"name":"b"}],"inputs":[{"name":"i","datatype":"UINT8","shape":[4],"data":[0,255,1.0,2e1]}]}"""),
        FuzzBody.Json("""{ "inputs" : [ { "name" : "x" , "shape" : [ 1 , 12 ] , "datatype" : "FP32" , "data" : [ 0.00123, 1, -2.5, 3.25, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 ] } ] } """),
        FuzzBody.Binary("""{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""", 0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0x7F),
        FuzzBody.Binary(
            """{"inputs":[{"name":"a","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}},{"name":"b","shape":[2],"datatype":"INT16","data":[1,-1]},{"name":"c","shape":[3],"datatype":"BOOL","parameters":{"binary_data_size":3}}],"parameters":{"binary_data_output":true}}""",
            2, 0, 0, 0, 0x68, 0x69, 1, 0, 0, 0, 0xFF, 1, 0, 1),
        FuzzBody.Binary("""{"inputs":[{"name":"a","shape":[0,3],"datatype":"FP64","parameters":{"binary_data_size":0}}]}"""),
        FuzzBody.Raw(0, 0, 0x80, 0x3F, 0, 0, 0, 0x40),
    ];

    /// <summary>Pieces that a mutation may put in: structure, edge numbers, claims, broken text.</summary>
    public static readonly byte[][] Tokens =
    [
        "{"u8.ToArray(), "}"u8.ToArray(), "["u8.ToArray(), "]"u8.ToArray(), ","u8.ToArray(), ":"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(),
        "null"u8.ToArray(), "true"u8.ToArray(), "NaN"u8.ToArray(), "-Infinity"u8.ToArray(), "[[[["u8.ToArray(), "]]"u8.ToArray(), " "u8.ToArray(),
        "\"data\":"u8.ToArray(), "\"shape\":"u8.ToArray(), "\"datatype\":\"BYTES\""u8.ToArray(), "\"name\":\"x\","u8.ToArray(), "\"inputs\":["u8.ToArray(),
        "\"parameters\":{\"binary_data_size\":8}"u8.ToArray(), "\"triton_x\":1"u8.ToArray(), "\"shared_memory_region\":\"r\""u8.ToArray(),
        "9223372036854775807"u8.ToArray(), "-1"u8.ToArray(), "1000000000"u8.ToArray(), "4294967296,4294967296"u8.ToArray(), "0"u8.ToArray(), "1e400"u8.ToArray(),
        "\\ud800"u8.ToArray(), "\\u12"u8.ToArray(), [0xC3], [0xFF], [0], [0xED, 0xA0, 0x80], "BOOL"u8.ToArray(), "UINT8"u8.ToArray(), "FP64"u8.ToArray(),
    ];
}
