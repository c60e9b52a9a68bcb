// What a JavaScript user would write to serve ONNX models as well as Node can: fastify with an answer schema, one session a
// model in each of N cluster workers (onnxruntime-node runs a model on the event loop, so workers are what uses the cores).
//
//   node server.mjs --models DIR --port P [--workers 2]
//
// POST /v2/models/{model}/infer takes Open Inference Protocol JSON with flat FP32 data, or the binary tensor extension.
import cluster from 'node:cluster';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import ort from 'onnxruntime-node';

const { values: given } = parseArgs({
  options: { models: { type: 'string' }, port: { type: 'string' }, workers: { type: 'string', default: '2' } },
});

const tensorSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    datatype: { type: 'string' },
    shape: { type: 'array', items: { type: 'integer' } },
    data: { type: 'array', items: { type: 'number' } },
  },
};
const answerSchema = {
  type: 'object',
  properties: { model_name: { type: 'string' }, model_version: { type: 'string' }, outputs: { type: 'array', items: tensorSchema } },
};
const schema = { response: { 200: { content: { 'application/json': { schema: answerSchema } } } } };

async function loadModels(directory) {
  const models = new Map();
  for (const name of readdirSync(directory)) {
    const file = join(directory, name, '1', 'model.onnx');
    if (!existsSync(file)) continue;
    models.set(name, await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 }));
  }
  return models;
}

function readJson(body) {
  const feeds = {};
  for (const input of body.inputs) feeds[input.name] = new ort.Tensor('float32', Float32Array.from(input.data), input.shape);
  return feeds;
}

function readBinary(body, headLength) {
  const head = JSON.parse(body.toString('utf8', 0, headLength));
  const feeds = {};
  let at = headLength;
  for (const input of head.inputs) {
    const end = at + input.parameters.binary_data_size;
    // A Float32Array needs an aligned start, which a tensor behind a JSON head rarely has.
    const bytes = new Uint8Array(body.subarray(at, end));
    feeds[input.name] = new ort.Tensor('float32', new Float32Array(bytes.buffer), input.shape);
    at = end;
  }
  return feeds;
}

function sendBinary(reply, model, results) {
  const blobs = [];
  const outputs = [];
  for (const [name, { dims, data }] of Object.entries(results)) {
    blobs.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    outputs.push({ name, datatype: 'FP32', shape: dims, parameters: { binary_data_size: data.byteLength } });
  }
  const head = Buffer.from(JSON.stringify({ model_name: model, model_version: '1', outputs }));
  reply.header('Inference-Header-Content-Length', head.length).type('application/octet-stream');
  return reply.send(Buffer.concat([head, ...blobs]));
}

async function serve() {
  const models = await loadModels(given.models);
  const app = Fastify({ logger: false, bodyLimit: 64 << 20 });
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
  app.get('/v2/health/ready', async () => ({ ready: true }));
  app.post('/v2/models/:model/infer', { schema }, async (request, reply) => {
    const { model } = request.params;
    const session = models.get(model);
    if (!session) return reply.code(404).send({ error: `model '${model}' is not found` });
    const headLength = Number(request.headers['inference-header-content-length'] ?? 0);
    const results = await session.run(headLength ? readBinary(request.body, headLength) : readJson(request.body));
    if (headLength) return sendBinary(reply, model, results);
    const outputs = Object.entries(results).map(([name, { dims, data }]) => ({ name, datatype: 'FP32', shape: dims, data: Array.from(data) }));
    return { model_name: model, model_version: '1', outputs };
  });
  await app.listen({ host: '127.0.0.1', port: Number(given.port) });
}

if (cluster.isPrimary) {
  for (let i = 0; i < Number(given.workers); i++) cluster.fork();
  process.on('SIGTERM', () => process.exit(0));
} else {
  await serve();
}
