/**
 * What a stored checkpoint is, and its seal: a SHA-256 over every header field and every byte of
 * the tensors, so that a flipped bit anywhere is noticed before anything is restored. Pure: no
 * database here. The tensors are opaque bytes (safetensors: weights and AdamW moments).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { RunConfig } from '../rft/configTable.ts';
import type { BackendInfo, CheckpointReason } from '../session/protocol.ts';

/** Of runs and checkpoints; a higher one was written by a newer version of the page. */
export const SCHEMA_VERSION = 1;

/** A checkpoint as the trainer hands it over. */
export interface CheckpointDraft {
  runId: string;
  step: number;
  reason: CheckpointReason;
  /** Milliseconds since 1970. */
  createdAt: number;
  config: RunConfig;
  /** SHA-256 of the base policy's model.safetensors, hex. */
  policyHash: string;
  backend: BackendInfo;
  /** The whole state of the counter-based generator. */
  rngCounters: { seed: number; step: number };
  promptCursor: number;
  /** Best held-out greedy accuracy so far, in [0, 1]. */
  bestEval: number | null;
  /** safetensors: weights, AdamW moments. */
  tensors: Uint8Array;
}

/** The checkpoint without its bytes, as kept for listing. */
export interface CheckpointHeader extends Omit<CheckpointDraft, 'tensors'> {
  /** `<runId>:<step>`. */
  id: string;
  schemaVersion: number;
  /** Length of the tensors. */
  bytes: number;
  /** SHA-256 over the other header fields and the tensors, hex. */
  checksum: string;
}

export interface StoredCheckpoint extends CheckpointHeader {
  tensors: Uint8Array;
}

/** JSON that does not depend on the order in which keys were set. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function checksumOf(header: Omit<CheckpointHeader, 'checksum'>, tensors: Uint8Array): string {
  // JSON holds no NUL, so the NUL marks where the header ends.
  const text = utf8ToBytes(`${canonicalJson(header)}\0`);
  return bytesToHex(sha256.create().update(text).update(tensors).digest());
}

/** The header that belongs to the draft's tensors and to no others. */
export function seal(draft: CheckpointDraft): CheckpointHeader {
  const { tensors, ...fields } = draft;
  const header = {
    ...fields,
    id: `${draft.runId}:${draft.step}`,
    schemaVersion: SCHEMA_VERSION,
    bytes: tensors.length,
  };
  return { ...header, checksum: checksumOf(header, tensors) };
}

const addedBySealing = new Set(['id', 'schemaVersion', 'bytes', 'checksum']);

/** What was sealed: with other fields or another run's id it can be sealed anew. */
export function draftOf(header: CheckpointHeader, tensors: Uint8Array): CheckpointDraft {
  const fields = Object.entries(header).filter(([name]) => !addedBySealing.has(name));
  return { ...Object.fromEntries(fields), tensors } as CheckpointDraft;
}

/** The checkpoint if it is whole; null when the seal does not fit or the bytes are gone. */
export function unseal(
  header: CheckpointHeader,
  tensors: Uint8Array | undefined,
): StoredCheckpoint | null {
  const { checksum, ...sealed } = header;
  if (!tensors || checksumOf(sealed, tensors) !== checksum) return null;
  return { ...header, tensors };
}
