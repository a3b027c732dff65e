/**
 * The receipt of a finished run: what was run, by which code, from which base policy, on what
 * device, and at milestones a few metrics with the first 64 bits of the run's digest (digest.ts).
 * Its seal, the first 128 bits of a SHA-256 over all the rest, tells a receipt that was altered
 * from one that was not. It proves no more than that: whoever makes up a receipt can seal it as
 * well, and only running it again tells. Plain data; link.ts carries it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { changedFields, parseConfig } from './config.ts';
import type { RunConfig } from './configTable.ts';
import { milestoneSteps } from './digest.ts';

/** Metrics that a receipt tells at its milestones, where the run has them. */
export const receiptMetrics = [
  ...(['reward', 'eval_greedy', 'eval_pass@1', 'entropy'] as const),
  ...(['completions/mean_length', 'loss', 'grad_norm'] as const),
] as const;
export type ReceiptMetric = (typeof receiptMetrics)[number];

const DIGEST_DIGITS = 16;
const SEAL_DIGITS = 32;
const DEVICE_CHARACTERS = 100;

/** The first 64 bits of a digest, in hex. */
export const shortDigest = (digest: string): string => digest.slice(0, DIGEST_DIGITS);

/** A device's name as a receipt holds it: to be compared with one, a name is cut the same way. */
export const shortDevice = (device: string): string => device.slice(0, DEVICE_CHARACTERS);

export interface Milestone {
  step: number;
  /** 16 hex digits. */
  digest: string;
  values: Partial<Record<ReceiptMetric, number>>;
}

export interface Receipt {
  config: RunConfig;
  /** See codeVersion.mjs. */
  codeVersion: string;
  /** First 64 bits of the base policy's SHA-256, in hex. */
  policyHash: string;
  backend: 'webgpu' | 'wasm' | 'cpu';
  /** The device as the page names it, cut by `shortDevice`. */
  device: string;
  /** In order of steps, from 0 to the last. */
  milestones: readonly Milestone[];
}

const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const packed = v.strictObject({
  /** The settings that differ from the defaults. */
  recipe: v.record(v.string(), v.unknown()),
  code: hex(12),
  policy: hex(DIGEST_DIGITS),
  backend: v.picklist(['webgpu', 'wasm', 'cpu']),
  device: v.pipe(v.string(), v.maxLength(DEVICE_CHARACTERS)),
  /** Names of the columns of `milestones` after step and digest. */
  metrics: v.pipe(v.array(v.picklist(receiptMetrics)), v.maxLength(receiptMetrics.length)),
  milestones: v.pipe(
    v.array(
      v.tupleWithRest([count, hex(DIGEST_DIGITS)], v.nullable(v.pipe(v.number(), v.finite()))),
    ),
    v.minLength(2),
    v.maxLength(8),
  ),
  seal: hex(SEAL_DIGITS),
});
/** A receipt as JSON, in a link or a file. */
export type PackedReceipt = v.InferOutput<typeof packed>;

/** Levels of lists and objects in one another; a receipt has a hundred where it has them at all. */
const MOST_LEVELS = 200;

/** Whether a JSON value is nested deeper, which would overflow the stack of what writes it. */
const isDeeper = (json: unknown, levels: number): boolean =>
  typeof json === 'object' &&
  json !== null &&
  (levels === 0 || Object.values(json).some((part) => isDeeper(part, levels - 1)));

/** For JSON that does not depend on the order in which keys were set. */
const inOrder = (_key: string, part: unknown): unknown =>
  typeof part === 'object' && part !== null && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    : part;

function sealOf(unsealed: Omit<PackedReceipt, 'seal'>): string {
  const { recipe, code, policy, backend, device, metrics, milestones } = unsealed;
  const text = JSON.stringify(
    [recipe, code, policy, backend, device, metrics, milestones],
    inOrder,
  );
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, SEAL_DIGITS);
}

/** What a receipt is made of: the run as the page knows it, and its rows. */
export interface ReceiptSource {
  config: RunConfig;
  backend: { backend: Receipt['backend']; device: string };
  finished: boolean;
  origin?: { codeVersion: string; policyHash: string } | undefined;
}

/** Null where there is none: the run has not ended, or a milestone lacks digest or accuracy. */
export function receiptOf(
  { config, backend, finished, origin }: ReceiptSource,
  rows: readonly { step: number; values: Readonly<Record<string, number>>; digest?: string }[],
): Receipt | null {
  if (!finished || !origin) return null;
  const milestones: Milestone[] = [];
  for (const step of milestoneSteps(config)) {
    const row = rows.find((one) => one.step === step);
    if (row?.digest === undefined || row.values['eval_greedy'] === undefined) return null;
    const told = receiptMetrics.filter((key) => row.values[key] !== undefined);
    const values = Object.fromEntries(told.map((key) => [key, row.values[key]]));
    milestones.push({ step, digest: shortDigest(row.digest), values });
  }
  return {
    config,
    codeVersion: origin.codeVersion,
    policyHash: shortDigest(origin.policyHash),
    backend: backend.backend,
    device: shortDevice(backend.device),
    milestones,
  };
}

/** The receipt as JSON, sealed. */
export function packReceipt(receipt: Receipt): PackedReceipt {
  const metrics = receiptMetrics.filter((key) =>
    receipt.milestones.some(({ values }) => values[key] !== undefined),
  );
  const unsealed = {
    recipe: changedFields(receipt.config) as Record<string, unknown>,
    code: receipt.codeVersion,
    policy: receipt.policyHash,
    backend: receipt.backend,
    device: receipt.device,
    metrics,
    milestones: receipt.milestones.map(
      ({ step, digest, values }): [number, string, ...(number | null)[]] => [
        step,
        digest,
        ...metrics.map((key) => values[key] ?? null),
      ],
    ),
  };
  return { ...unsealed, seal: sealOf(unsealed) };
}

/** `receipt` null: why it cannot be trusted is in `problem`. */
export type ReadReceipt = { receipt: Receipt; problem: null } | { receipt: null; problem: string };

const refuse = (problem: string): ReadReceipt => ({ receipt: null, problem });

const isShare = (value: number | null | undefined): boolean =>
  typeof value === 'number' && value >= 0 && value <= 1;

/**
 * Reads what `packReceipt` wrote. A run is evaluated at every milestone, so a receipt without a
 * held-out accuracy at one was not written here. Never throws on JSON values.
 */
export function readReceipt(json: unknown): ReadReceipt {
  const unreadable = 'The receipt is not one that this page can read.';
  if (isDeeper(json, MOST_LEVELS)) return refuse(unreadable);
  const parsed = v.safeParse(packed, json);
  if (!parsed.success) return refuse(unreadable);
  const { seal, ...unsealed } = parsed.output;
  if (sealOf(unsealed) !== seal) {
    return refuse(
      'The receipt does not match its own digest: it was altered after the run. Nothing that it ' +
        'claims is shown.',
    );
  }
  const { config } = parseConfig(unsealed.recipe);
  if (!config) return refuse('The receipt’s recipe cannot be used here.');
  const steps = unsealed.milestones.map(([step]) => step);
  if (JSON.stringify(steps) !== JSON.stringify(milestoneSteps(config))) {
    return refuse('The receipt’s milestones are not those of its recipe.');
  }
  const accuracy = unsealed.metrics.indexOf('eval_greedy');
  const bare = unsealed.milestones.find(([, , ...values]) => !isShare(values[accuracy]));
  if (bare) {
    return refuse(
      `The receipt has no held-out accuracy at step ${bare[0]}, which every run has: there would ` +
        'be nothing to hold it to.',
    );
  }
  const milestones = unsealed.milestones.map(([step, digest, ...values]): Milestone => {
    const told = unsealed.metrics.map((key, i) => [key, values[i] ?? null] as const);
    return { step, digest, values: Object.fromEntries(told.filter(([, value]) => value !== null)) };
  });
  const { code, policy, backend, device } = unsealed;
  const receipt = { config, codeVersion: code, policyHash: policy, backend, device, milestones };
  return { receipt, problem: null };
}
