/**
 * The records of a run as JSON in an archive: manifest, checkpoint header, metrics. Written from
 * what storage holds; read with a schema that takes exactly what was written and nothing else.
 */
import * as v from 'valibot';
import { parseConfig } from '../../src/rft/config.ts';
import { configTable, type RunConfig } from '../../src/rft/configTable.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { SCHEMA_VERSION, type CheckpointHeader } from '../../src/storage/checkpointRecord.ts';
import type { RunRecord } from '../../src/storage/runStore.ts';
import { recipeProblems } from '../../src/tasks/recipeProblems.ts';
import { CodedError } from '../../models/errors.ts';
import { names } from './fileKinds.ts';
import { limits, refuse } from './limits.ts';
import type { FileSum } from './zipWriter.ts';

export const ARCHIVE_VERSION = 1;
const FORMAT = 'rft-playground-run';
/** The base policy's row and one a step. */
const MOST_ROWS = configTable.maxSteps.max + 1;
const MOST_METRICS = 256;

export interface Manifest {
  format: typeof FORMAT;
  version: typeof ARCHIVE_VERSION;
  /** Of the stored records (src/storage/checkpointRecord.ts). */
  schemaVersion: number;
  run: Omit<RunRecord, 'config' | 'bytes'>;
  /** Whether the completions are there, and how many steps of them; why not, if not. */
  rollouts: { steps: number; note: string };
  /** By name; the manifest itself is not among them. */
  files: Record<string, FileSum>;
}

const finite = v.pipe(v.number(), v.finite());
const share = v.pipe(finite, v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What a Date can be made of. */
const time = v.pipe(finite, v.minValue(0), v.maxValue(8.64e15));
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{8,64}$/));
const runId = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));

export const MOST_NAME = 1000;

const backend = v.strictObject({
  backend: v.picklist(['webgpu', 'wasm', 'cpu']),
  device: text(1000),
  notice: v.exactOptional(text(4000)),
});

const manifestSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(ARCHIVE_VERSION),
  schemaVersion: count,
  run: v.strictObject({
    id: runId,
    name: v.pipe(text(MOST_NAME), v.nonEmpty()),
    backend,
    createdAt: time,
    updatedAt: time,
    step: count,
    finished: v.boolean(),
    evalGreedy: v.nullable(share),
    policyHash: hash,
    origin: v.exactOptional(v.strictObject({ codeVersion: text(100), policyHash: hash })),
    parent: v.exactOptional(
      v.strictObject({ runId, step: count, name: v.exactOptional(text(MOST_NAME)) }),
    ),
    pins: v.exactOptional(v.pipe(v.array(count), v.maxLength(limits.entries))),
  }),
  rollouts: v.strictObject({ steps: count, note: text(1000) }),
  files: v.record(text(100), v.strictObject({ bytes: count, sha256: hash })),
});

const headerSchema = v.strictObject({
  id: text(100),
  runId,
  schemaVersion: count,
  step: count,
  reason: v.picklist(['interval', 'best', 'pause', 'end']),
  createdAt: time,
  config: v.record(text(100), v.unknown()),
  policyHash: hash,
  backend,
  rngCounters: v.strictObject({ seed: count, step: count }),
  promptCursor: count,
  bestEval: v.nullable(share),
  bytes: count,
  checksum: hash,
});

const rowSchema = v.pipe(
  v.objectWithRest({ step: count, digest: v.exactOptional(hash) }, finite),
  v.check((row) => Object.keys(row).length <= MOST_METRICS + 2),
);

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    return refuse(`${name} in it is no text`, String(error));
  }
}

function parseJson(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    return refuse(`${name} in it is not JSON`, String(error));
  }
}

function checked<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  name: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = v.getDotPath(issue) ?? '';
  return refuse(`${name} in it is not as this page writes it`, `${place}: ${issue.message}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function newerPage(what: string, detail: string): never {
  throw new CodedError(
    'newer-archive',
    `This file was not imported: ${what} was written by a newer version of this page. Reload the ` +
      'page to get the newer version. Nothing was changed.',
    detail,
  );
}

/** Throws CodedError 'refused-archive' or 'newer-archive', as all readers here. */
export function readManifest(bytes: Uint8Array, name: string): Manifest {
  const json = parseJson(textOf(bytes, name), name);
  if (!isObject(json) || json['format'] !== FORMAT) {
    return refuse('it holds no run of this playground');
  }
  // Asked first: what else a newer version writes cannot be known.
  const { version, schemaVersion } = json;
  if (Number.isSafeInteger(version) && (version as number) > ARCHIVE_VERSION) {
    newerPage('the file', `version ${String(version)}`);
  }
  if (Number.isSafeInteger(schemaVersion) && (schemaVersion as number) > SCHEMA_VERSION) {
    newerPage('the run', `schema ${String(schemaVersion)}`);
  }
  return checked(manifestSchema, json, name);
}

export function newManifest(
  run: RunRecord,
  rollouts: Manifest['rollouts'],
  files: ReadonlyMap<string, FileSum>,
): Manifest {
  const { id, name, backend, createdAt, updatedAt, step, finished, evalGreedy, policyHash } = run;
  const told = { id, name: name.slice(0, MOST_NAME), backend, createdAt, updatedAt, step };
  return {
    format: FORMAT,
    version: ARCHIVE_VERSION,
    schemaVersion: SCHEMA_VERSION,
    run: {
      ...{ ...told, finished, evalGreedy, policyHash },
      ...(run.origin && { origin: run.origin }),
      ...(run.parent && { parent: run.parent }),
      ...(run.pins && { pins: run.pins.filter((pin) => files.has(names.tensors(pin))) }),
    },
    rollouts,
    files: Object.fromEntries(files),
  };
}

/** A recipe that this version can go on with. */
function usable(json: unknown, name: string): RunConfig {
  const { config, problems } = parseConfig(json);
  const [problem] = config ? recipeProblems(config) : problems;
  if (config && !problem) return config;
  return refuse(
    `${name} in it has settings that this version of the page does not take: ` +
      (problem?.message.slice(0, 300).replace(/\.$/, '') ?? ''),
    problem?.field.slice(0, 100),
  );
}

export const readConfig = (bytes: Uint8Array, name: string): RunConfig =>
  usable(parseJson(textOf(bytes, name), name), name);

/** Any JSON file. */
export const readJson = (bytes: Uint8Array, name: string): unknown =>
  parseJson(textOf(bytes, name), name);

/** The header as it was sealed: its recipe is checked and left as it is. */
export function readHeader(bytes: Uint8Array, name: string): CheckpointHeader {
  const header = checked(headerSchema, parseJson(textOf(bytes, name), name), name);
  if (header.schemaVersion > SCHEMA_VERSION) newerPage('a checkpoint', name);
  usable(header.config, name);
  return header as unknown as CheckpointHeader;
}

/** JSON has a minus zero, which `JSON.stringify` does not write. */
const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/**
 * One JSON object a line: `step`, at milestones `digest`, then the metrics under their own keys, in
 * full precision.
 */
export function metricsText(rows: readonly StepMetrics[]): string {
  const line = ({ step, values, digest }: StepMetrics): string => {
    const members = Object.entries(values).map(
      ([key, value]) => `${JSON.stringify(key)}:${numberText(value)}`,
    );
    const told = digest === undefined ? [] : [`"digest":${JSON.stringify(digest)}`];
    return `{${[`"step":${numberText(step)}`, ...told, ...members].join(',')}}\n`;
  };
  return rows.map(line).join('');
}

export function readMetrics(bytes: Uint8Array, name: string): StepMetrics[] {
  const lines = textOf(bytes, name).split('\n');
  if (lines.pop() !== '') refuse(`${name} in it ends in the middle of a line`);
  if (lines.length > MOST_ROWS) refuse(`${name} in it has too many lines`);
  return lines.map((line, i): StepMetrics => {
    const place = `line ${String(i + 1)} of ${name}`;
    if (line.length > limits.metricsLine) refuse(`${place} is too long`);
    const { step, digest, ...values } = checked(rowSchema, parseJson(line, place), place);
    return digest === undefined ? { step, values } : { step, values, digest };
  });
}
