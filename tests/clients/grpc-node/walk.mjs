// Walks every gRPC call with Node's own client, an implementation that shares nothing with the server's:
//
//   npm ci --prefix tests/clients/grpc-node
//   node tests/clients/grpc-node/walk.mjs HOST:PORT
//
// The server must serve the sample models and those of identity_models.py; `tests/clients/run` starts one.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const [address] = process.argv.slice(2);
if (!address) {
  console.error('usage: node walk.mjs HOST:PORT');
  process.exit(2);
}

const protos = fileURLToPath(new URL('../../../Gateway/Grpc/Protos', import.meta.url));
const load = (file) => grpc.loadPackageDefinition(protoLoader.loadSync(file, {
  includeDirs: [protos], keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true,
}));
const credentials = grpc.credentials.createInsecure();
const client = new (load('inference.proto').inference.GRPCInferenceService)(address, credentials);
const health = new (load('health.proto').grpc.health.v1.Health)(address, credentials);

/** The answer with its metadata and trailers; rejects with what the client throws. */
const call = (stub, method, request, metadata = new grpc.Metadata(), options = {}) => new Promise((resolve, reject) => {
  let headers;
  const running = stub[method](request, metadata, options, (error, response) =>
    error ? reject(error) : resolve({ ...response, headers }));
  running.on('metadata', (received) => { headers = received; });
});
const ask = (method, request = {}, ...more) => call(client, method, request, ...more);

const refused = async (code, method, request = {}, ...more) => {
  const error = await ask(method, request, ...more).then(() => assert.fail(`${method} was not refused`), (reason) => reason);
  assert.equal(grpc.status[error.code], code, error.message);
  assert.ok(error.details.length > 0, 'a status without a sentence');
  return error;
};

const floats = (...values) => Buffer.from(new Float32Array(values).buffer);
const iris = (more = {}) => ({
  model_name: 'iris',
  inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 4] }],
  raw_input_contents: [floats(5.1, 3.5, 1.4, 0.2)],
  ...more,
});

// By datatype: the field of typed contents, two rows of two elements for it, and their bytes as they lie in a tensor.
const bytes = (array) => Buffer.from(array.buffer);
const datatypes = {
  BOOL: ['bool_contents', [true, false, false, true], Buffer.from([1, 0, 0, 1])],
  UINT8: ['uint_contents', [0, 1, 2, 255], Buffer.from([0, 1, 2, 255])],
  UINT16: ['uint_contents', [0, 1, 2, 65535], bytes(new Uint16Array([0, 1, 2, 65535]))],
  UINT32: ['uint_contents', [0, 1, 2, 4294967295], bytes(new Uint32Array([0, 1, 2, 4294967295]))],
  UINT64: ['uint64_contents', [0, 1, 2, '18446744073709551615'], bytes(new BigUint64Array([0n, 1n, 2n, 18446744073709551615n]))],
  INT8: ['int_contents', [-128, 0, 1, 127], bytes(new Int8Array([-128, 0, 1, 127]))],
  INT16: ['int_contents', [-32768, 0, 1, 32767], bytes(new Int16Array([-32768, 0, 1, 32767]))],
  INT32: ['int_contents', [-2147483648, 0, 1, 2147483647], bytes(new Int32Array([-2147483648, 0, 1, 2147483647]))],
  INT64: ['int64_contents', ['-9223372036854775808', 0, 1, 2], bytes(new BigInt64Array([-9223372036854775808n, 0n, 1n, 2n]))],
  FP16: [null, null, Buffer.from([0, 0x3c, 0, 0xc0, 0xff, 0x7b, 0, 0])],
  BF16: [null, null, Buffer.from([0x80, 0x3f, 0, 0xc0, 0, 0, 0x7f, 0x7f])],
  FP32: ['fp32_contents', [1.5, -0.25, 0, 3e38], bytes(new Float32Array([1.5, -0.25, 0, 3e38]))],
  FP64: ['fp64_contents', [1.5, -0.25, 0, 1e308], bytes(new Float64Array([1.5, -0.25, 0, 1e308]))],
  BYTES: ['bytes_contents', ['', 'ä', 'b', 'cc'].map((text) => Buffer.from(text)),
    Buffer.concat(['', 'ä', 'b', 'cc'].flatMap((text) => {
      const element = Buffer.from(text);
      return [Buffer.from([element.length, 0, 0, 0]), element];
    }))],
};

const steps = {
  async server() {
    assert.equal((await ask('ServerLive')).live, true);
    assert.equal((await ask('ServerReady')).ready, true);
    const metadata = await ask('ServerMetadata');
    assert.ok(metadata.name && metadata.version && metadata.extensions.includes('binary_tensor_data'));
  },

  async model() {
    assert.equal((await ask('ModelReady', { name: 'iris', version: '2' })).ready, true);
    const metadata = await ask('ModelMetadata', { name: 'iris' });
    assert.deepEqual(metadata.versions, ['1', '2']);
    assert.deepEqual(metadata.inputs, [{ name: 'input', datatype: 'FP32', shape: [-1, 4] }]);
    const { config } = await ask('ModelConfig', { name: 'digits' });
    assert.equal(config.max_batch_size, 64);
    assert.deepEqual(config.input[0].dims, [1, 8, 8]);
    assert.equal(config.input[0].data_type, 'TYPE_FP32');
    assert.equal(config.scheduling_choice, 'dynamic_batching');
    for (const method of ['ModelReady', 'ModelMetadata', 'ModelConfig', 'ModelStatistics']) {
      await refused('NOT_FOUND', method, { name: 'nope' });
    }
  },

  async statistics() {
    const count = async () => Number((await ask('ModelStatistics', { name: 'iris', version: '2' })).model_stats[0].inference_count);
    const before = await count();
    await ask('ModelInfer', iris());
    assert.equal(await count(), before + 1);
  },

  async repository() {
    const states = async () => Object.fromEntries((await ask('RepositoryIndex')).models.map((row) => [row.name, row.state]));
    assert.equal((await states()).diabetes, 'READY');
    await ask('RepositoryModelUnload', { model_name: 'diabetes' });
    try {
      assert.notEqual((await states()).diabetes, 'READY');
      await refused('UNAVAILABLE', 'ModelInfer', iris({ model_name: 'diabetes' }));
    } finally {
      await ask('RepositoryModelLoad', { model_name: 'diabetes' });
    }
    assert.equal((await states()).diabetes, 'READY');
    await refused('UNIMPLEMENTED', 'RepositoryIndex', { repository_name: 'other' });
  },

  async inference() {
    const metadata = new grpc.Metadata();
    metadata.set('x-request-id', 'from-metadata');
    const answer = await ask('ModelInfer', iris(), metadata);
    assert.equal(answer.model_version, '2');
    assert.equal(answer.id, '');
    assert.equal(answer.outputs.length, answer.raw_output_contents.length);
    assert.deepEqual(answer.headers.get('x-request-id'), ['from-metadata']);
    assert.match(answer.headers.get('x-serving-route')[0], /^version=2;.*reason=\w+;epoch=\d+$/);
    assert.match(answer.headers.get('server-timing')[0], /^queue;dur=[\d.]+, compute;dur=[\d.]+$/);
    const named = await ask('ModelInfer', iris({
      id: 'walk', model_version: '1', outputs: [{ name: answer.outputs[0].name }],
      parameters: { priority: { int64_param: 1 }, timeout: { int64_param: 5000000 }, color: { string_param: 'red' } },
    }));
    assert.equal(named.id, 'walk');
    assert.equal(named.model_version, '1');
    assert.equal(named.outputs.length, 1);
  },

  async classification() {
    const answer = await ask('ModelInfer', {
      model_name: 'digits',
      inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 8, 8] }],
      outputs: [{ name: 'scores', parameters: { classification: { int64_param: 2 } } }],
      raw_input_contents: [Buffer.alloc(256)],
    });
    assert.deepEqual(answer.outputs[0].shape, [1, 2]);
    assert.equal(answer.outputs[0].datatype, 'BYTES');
    assert.match(answer.raw_output_contents[0].subarray(4).toString(), /^[-\d.e]+:\d:/i);
  },

  async errors() {
    await refused('NOT_FOUND', 'ModelInfer', iris({ model_name: 'nope' }));
    await refused('NOT_FOUND', 'ModelInfer', iris({ model_version: '77' }));
    await refused('INVALID_ARGUMENT', 'ModelInfer', iris({ raw_input_contents: [floats(1)] }));
    await refused('INVALID_ARGUMENT', 'ModelInfer', iris({ raw_input_contents: [] }));
    await refused('INVALID_ARGUMENT', 'ModelInfer', iris({ outputs: [{ name: 'wrong' }] }));
    await refused('INVALID_ARGUMENT', 'ModelInfer', { model_name: 'iris' });
    const error = await refused('INVALID_ARGUMENT', 'ModelInfer', iris({ outputs: [{ name: 'wörong %' }] }));
    assert.ok(error.details.includes('wörong %'), error.details);
    await refused('UNIMPLEMENTED', 'SystemSharedMemoryStatus');
    await refused('UNIMPLEMENTED', 'CudaSharedMemoryStatus');
  },

  async deadline() {
    await ask('ModelInfer', iris(), undefined, { deadline: Date.now() + 30000 });
    await refused('DEADLINE_EXCEEDED', 'ModelInfer', iris(), undefined, { deadline: Date.now() });
  },

  async cancellation() {
    const stream = client.ModelStreamInfer();
    const ended = new Promise((resolve) => stream.on('error', resolve));
    stream.on('data', () => stream.cancel());
    stream.write(iris());
    assert.equal((await ended).code, grpc.status.CANCELLED);
    assert.equal((await ask('ServerLive')).live, true);
  },

  async compression() {
    const packed = new (load('inference.proto').inference.GRPCInferenceService)(address, credentials, {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    });
    const sent = Buffer.alloc(400000, 7);
    const answer = await call(packed, 'ModelInfer', {
      model_name: 'identity_uint8',
      inputs: [{ name: 'input', datatype: 'UINT8', shape: [10, 40000] }],
      raw_input_contents: [sent],
    });
    assert.ok(answer.raw_output_contents[0].equals(sent));
    assert.deepEqual(answer.headers.get('grpc-encoding'), []);
    packed.close();
  },

  async side_by_side() {
    const answers = await Promise.all(Array.from({ length: 900 }, (_, i) => ask('ModelInfer', {
      model_name: 'identity_fp32',
      id: String(i),
      inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 1] }],
      raw_input_contents: [floats(i)],
    })));
    answers.forEach((answer, i) => {
      assert.equal(answer.id, String(i));
      assert.equal(answer.raw_output_contents[0].readFloatLE(), i);
    });
  },

  async stream() {
    const stream = client.ModelStreamInfer();
    const seen = new Map();
    const ended = new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
    stream.on('data', (answer) => seen.set(answer.infer_response.id, answer));
    for (let i = 0; i < 300; i++) stream.write(iris({ id: String(i) }));
    stream.write(iris({ id: 'bad', model_name: 'nope' }));
    stream.end();
    await ended;
    assert.equal(seen.size, 301);
    assert.match(seen.get('bad').error_message, /nope/);
    for (let i = 0; i < 300; i++) {
      assert.equal(seen.get(String(i)).error_message, '');
      assert.equal(seen.get(String(i)).infer_response.parameters.triton_final_response.bool_param, true);
    }
  },

  async health() {
    assert.equal((await call(health, 'Check', {})).status, 'SERVING');
    assert.equal((await call(health, 'Check', { service: 'inference.GRPCInferenceService' })).status, 'SERVING');
    await assert.rejects(call(health, 'Check', { service: 'nope' }), { code: grpc.status.NOT_FOUND });
    const watch = health.Watch({});
    const first = await new Promise((resolve, reject) => watch.on('data', resolve).on('error', reject));
    assert.equal(first.status, 'SERVING');
    watch.on('error', () => {});
    watch.cancel();
  },
};

for (const [datatype, [field, elements, raw]] of Object.entries(datatypes)) {
  steps[datatype] = async () => {
    const inputs = [{ name: 'input', datatype, shape: [2, 2] }];
    const request = { model_name: `identity_${datatype.toLowerCase()}`, inputs };
    const answers = [await ask('ModelInfer', { ...request, raw_input_contents: [raw] })];
    if (field) answers.push(await ask('ModelInfer', { ...request, inputs: [{ ...inputs[0], contents: { [field]: elements } }] }));
    for (const answer of answers) {
      assert.deepEqual([answer.outputs[0].datatype, answer.outputs[0].shape], [datatype, [2, 2]]);
      assert.ok(answer.raw_output_contents[0].equals(raw), answer.raw_output_contents[0].toString('hex'));
    }
  };
}

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}\n${error.stack}`);
  }
}

console.log(`grpc-js: ${Object.keys(steps).length - failed} passed, ${failed} failed`);
client.close();
health.close();
process.exit(failed ? 1 : 0);
