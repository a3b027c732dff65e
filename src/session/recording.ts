/**
 * A recorded run as a file: gzip of one JSON object. `packRecording` writes it (`npm run record`),
 * `readRecording` reads it on the page and trusts nothing: the size is capped before and after
 * unpacking, the recipe goes through parseConfig and everything else through a schema. What is
 * wrong is a sentence. Metrics are kept in full; rollouts are cut down to what a visitor looks at.
 */
import { gzipSync } from 'fflate';
import * as v from 'valibot';
import { parseConfig } from '../rft/config.ts';
import type { RunConfig } from '../rft/configTable.ts';
import type { BackendInfo, RolloutView, StepMetrics } from './protocol.ts';

export interface Recording {
  version: 1;
  config: RunConfig;
  backend: BackendInfo;
  /** The machine, for people. */
  device: string;
  /** ISO 8601. */
  recordedAt: string;
  /** Commit of the code that made it. */
  codeVersion: string;
  /** How long the run took. */
  seconds: number;
  rows: StepMetrics[];
  rollouts: RolloutView[];
}

export type ReadRecording =
  { recording: Recording; problem: null } | { recording: null; problem: string };

/** Prompts of a step whose completions are kept. */
const KEPT_GROUPS = 4;
const MAX_PACKED = 4 * 1024 * 1024;
const MAX_UNPACKED = 32 * 1024 * 1024;

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(2000));
const list = <const S extends v.GenericSchema>(item: S, length: number) =>
  v.pipe(v.array(item), v.maxLength(length));

const completion = v.object({
  tokens: list(text, 512),
  logps: list(number, 512),
  entropies: v.exactOptional(list(number, 512)),
  thinking: text,
  answer: text,
  finishReason: v.picklist(['eos', 'length']),
  rewards: list(v.nullable(number), 16),
  reward: v.nullable(number),
  advantage: number,
  correct: v.boolean(),
});

const group = v.object({
  promptIndex: count,
  prompt: text,
  answer: text,
  completions: list(completion, 64),
});

const schema = v.object({
  version: v.literal(1),
  config: v.unknown(),
  backend: v.object({
    backend: v.picklist(['webgpu', 'wasm', 'cpu']),
    device: text,
    notice: v.exactOptional(text),
  }),
  device: text,
  recordedAt: v.pipe(text, v.isoTimestamp()),
  codeVersion: text,
  seconds: v.pipe(number, v.minValue(0)),
  rows: v.pipe(
    list(v.object({ step: count, values: v.record(text, number) }), 5001),
    v.minLength(2),
    v.check((rows) => rows.every(({ step }, i) => i === 0 || step > rows[i - 1]!.step)),
  ),
  rollouts: list(
    v.object({ step: count, rewardNames: list(text, 16), groups: list(group, KEPT_GROUPS) }),
    5000,
  ),
});

/** Enough decimals for a tint and a readout. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

function slim(rollout: RolloutView): RolloutView {
  const groups = rollout.groups.slice(0, KEPT_GROUPS).map((one) => ({
    ...one,
    completions: one.completions.map((completion) => ({
      ...completion,
      logps: completion.logps.map(rounded),
      ...(completion.entropies && { entropies: completion.entropies.map(rounded) }),
      reward: completion.reward === null ? null : rounded(completion.reward),
      advantage: rounded(completion.advantage),
    })),
  }));
  return { ...rollout, groups };
}

/** The file's bytes; rollouts keep the first groups of each step, rounded. */
export function packRecording(recording: Recording): Uint8Array<ArrayBuffer> {
  const slimmed = { ...recording, rollouts: recording.rollouts.map(slim) };
  const json = new TextEncoder().encode(JSON.stringify(slimmed));
  return new Uint8Array(gzipSync(json, { level: 9, mtime: 0 }));
}

/** Unpacked bytes; null when they are no gzip stream or more than MAX_UNPACKED. */
async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MAX_UNPACKED) {
        await reader.cancel();
        return null;
      }
      parts.push(value);
    }
  } catch {
    return null; // cut short or changed; the caller says so
  }
  const whole = new Uint8Array(length);
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}

const refuse = (problem: string): ReadRecording => ({ recording: null, problem });
const damaged = refuse(
  'The recorded run is damaged and cannot be shown. Press Run for a live one.',
);

/** True for bytes that claim to be gzip; a host may answer with a page where a file is missing. */
export const isPacked = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Reads a recording's file. Never rejects. */
export async function readRecording(bytes: Uint8Array<ArrayBuffer>): Promise<ReadRecording> {
  if (bytes.length > MAX_PACKED) return refuse('The recorded run is too large to be shown.');
  const unpacked = await unpack(bytes);
  if (!unpacked) return damaged;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(unpacked));
  } catch {
    return damaged;
  }
  const checked = v.safeParse(schema, json);
  if (!checked.success) return damaged;
  const { config } = parseConfig(checked.output.config);
  if (!config) {
    return refuse('The recorded run was made with settings that this version does not have.');
  }
  return { recording: { ...checked.output, config }, problem: null };
}
