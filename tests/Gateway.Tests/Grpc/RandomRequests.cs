using System.Buffers.Binary;
using Gateway.Grpc.Messages;
using Google.Protobuf;
using Serving.Inference;
using Input = Gateway.Grpc.Messages.ModelInferRequest.Types.InferInputTensor;
using Output = Gateway.Grpc.Messages.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Gateway.Tests.Grpc;

/// <summary>Valid requests of every kind, with the tensor bytes that they mean.</summary>
internal static class RandomRequests
{
    public static (ModelInferRequest Request, byte[][] Data) Make(Random random)
    {
        var request = new ModelInferRequest { ModelName = Name(random), ModelVersion = random.Next(2) == 0 ? "" : "3", Id = random.Next(2) == 0 ? "" : Name(random) };
        var raw = random.Next(2) == 0;
        var data = new byte[random.Next(5)][];
        for (var i = 0; i < data.Length; i++)
        {
            TensorType type;
            do type = (TensorType)random.Next(1, 15);
            while (!raw && type is TensorType.Fp16 or TensorType.Bf16);
            var input = new Input { Name = $"{i}{Name(random)}", Datatype = type.Name() };
            var elements = 1;
            for (var rank = random.Next(4); rank > 0; rank--)
            {
                input.Shape.Add(random.Next(4));
                elements *= (int)input.Shape[^1];
            }

            if (random.Next(3) == 0) input.Parameters["anything"] = new InferParameter { StringParam = Name(random) };
            var contents = new InferTensorContents();
            data[i] = Fill(random, type, elements, contents);
            if (raw) request.RawInputContents.Add(ByteString.CopyFrom(data[i]));
            else input.Contents = contents;
            request.Inputs.Add(input);
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            var output = new Output { Name = $"{i}{Name(random)}" };
            if (random.Next(2) == 0) output.Parameters["classification"] = new InferParameter { Int64Param = random.Next(5) };
            request.Outputs.Add(output);
        }

        if (random.Next(2) == 0) request.Parameters["priority"] = new InferParameter { Uint64Param = (ulong)random.Next() };
        if (random.Next(2) == 0) request.Parameters["timeout"] = new InferParameter { Int64Param = random.Next() };
        if (random.Next(2) == 0) request.Parameters["x"] = new InferParameter { DoubleParam = random.NextDouble() };
        return (request, data);
    }

    private static string Name(Random random) => new([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => "abcäß語_-"[random.Next(8)])]);

    /// <summary>Random elements into the type's field; returns them as they lie in a tensor.</summary>
    private static byte[] Fill(Random random, TensorType type, int elements, InferTensorContents contents)
    {
        var bytes = new MemoryStream();
        Span<byte> word = stackalloc byte[8];
        for (var i = 0; i < elements; i++)
        {
            random.NextBytes(word);
            var value = BinaryPrimitives.ReadInt64LittleEndian(word);
            switch (type)
            {
                case TensorType.Bool: word[0] &= 1; contents.BoolContents.Add(word[0] == 1); break;
                case TensorType.Int8: contents.IntContents.Add((sbyte)value); break;
                case TensorType.Int16: contents.IntContents.Add((short)value); break;
                case TensorType.Int32: contents.IntContents.Add((int)value); break;
                case TensorType.Int64: contents.Int64Contents.Add(value); break;
                case TensorType.UInt8: contents.UintContents.Add((byte)value); break;
                case TensorType.UInt16: contents.UintContents.Add((ushort)value); break;
                case TensorType.UInt32: contents.UintContents.Add((uint)value); break;
                case TensorType.UInt64: contents.Uint64Contents.Add((ulong)value); break;
                case TensorType.Fp32: contents.Fp32Contents.Add(BitConverter.Int32BitsToSingle((int)value)); break;
                case TensorType.Fp64: contents.Fp64Contents.Add(BitConverter.Int64BitsToDouble(value)); break;
                case TensorType.Bytes:
                    var element = new byte[random.Next(5)];
                    random.NextBytes(element);
                    contents.BytesContents.Add(ByteString.CopyFrom(element));
                    bytes.Write([(byte)element.Length, 0, 0, 0, .. element]);
                    break;
            }

            if (type != TensorType.Bytes) bytes.Write(word[..type.Size()]);
        }

        return bytes.ToArray();
    }
}
