/**
 * What a run has done so far, in one SHA-256: a chain that every step lengthens by the tokens that
 * were sampled and the scores they were given, and at milestones a digest of that chain and of every
 * parameter. Two runs with the same digest sampled the same tokens, gave the same rewards and hold
 * the same weights, bit for bit. Rows are hashed in the order in which the step learns from them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { NamedArray } from '../../models/safetensors.ts';
import type { RunConfig } from './configTable.ts';

/** The part of a step's row that is hashed. */
export interface DigestRow {
  rollout: { promptIds: readonly number[]; completionIds: readonly number[]; finishReason: string };
  scores: readonly (number | null)[];
  reward: number | null;
}

/** Most milestones of a run, its start and its end included. */
const MOST = 8;

/** Numbers as float64, little-endian on every machine, each after a byte that says whether it is there. */
function numbersOf(values: readonly (number | null)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(9 * values.length));
  values.forEach((value, i) => {
    view.setUint8(9 * i, value === null ? 0 : 1);
    view.setFloat64(9 * i + 1, value ?? 0, true);
  });
  return new Uint8Array(view.buffer);
}

/** Lists of numbers, each after its length. */
const listsOf = (lists: readonly (readonly (number | null)[])[]): Uint8Array =>
  numbersOf(lists.flatMap((list) => [list.length, ...list]));

const hashOf = (parts: readonly Uint8Array[]): string => {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return bytesToHex(hash.digest());
};

/** The chain of a run that has done nothing yet; it is tied to its base policy. 64 hex digits. */
export const firstLink = (policyHash: string): string =>
  hashOf([utf8ToBytes(`run of ${policyHash}`)]);

/** The chain after a step. */
export function nextLink(chain: string, step: number, rows: readonly DigestRow[]): string {
  const lists = rows.flatMap(({ rollout, scores, reward }) => [
    rollout.promptIds,
    [rollout.finishReason === 'eos' ? 1 : 0, ...rollout.completionIds],
    [reward, ...scores],
  ]);
  return hashOf([hexToBytes(chain), listsOf([[step, rows.length], ...lists])]);
}

/** The digest of a milestone, 64 hex digits: the chain and the policy's parameters. */
export function milestoneDigest(
  chain: string,
  parameters: ReadonlyMap<string, NamedArray>,
): string {
  const parts = [...parameters].flatMap(([name, { shape, data }]) => [
    utf8ToBytes(`${name}\0`),
    listsOf([shape]),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  return hashOf([hexToBytes(chain), ...parts]);
}

/** The steps of a recipe with a milestone: its evaluations, or as many of them, evenly spread. */
export function milestoneSteps({ evalSteps, maxSteps }: RunConfig): number[] {
  const between = Array.from(
    { length: Math.ceil(maxSteps / evalSteps) - 1 },
    (_, i) => (i + 1) * evalSteps,
  );
  const all = [0, ...between, maxSteps];
  if (all.length <= MOST) return all;
  return Array.from(
    { length: MOST },
    (_, i) => all[Math.round((i * (all.length - 1)) / (MOST - 1))]!,
  );
}
