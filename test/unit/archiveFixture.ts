/** A tiny trained run for the archive tests: made once, exported, and taken apart again. */
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { RolloutFile } from '../../src/session/archiveProtocol.ts';
import {
  draftOf,
  seal,
  type CheckpointDraft,
  type CheckpointHeader,
} from '../../src/storage/checkpointRecord.ts';
import { bytesSource } from '../../workers/archive/byteSource.ts';
import { exportFile } from '../../workers/archive/exportRun.ts';
import { names } from '../../workers/archive/fileKinds.ts';
import { readRunArchive, type ReadRun } from '../../workers/archive/runArchive.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { readPolicyFrom } from '../../workers/node.ts';
import { craftZip } from './craftedZip.ts';
import { digest } from './digest.ts';
import { openTrainer } from './trainerHarness.ts';
import { tinyConfig, writeChattyPolicy } from './tinyPolicy.ts';

export const noRollouts: RolloutFile = { lines: null, steps: 0, note: 'none kept' };

export type Store = ReturnType<typeof createMemoryStore>;

/** Policies, a store with one run of six steps and three checkpoints, and its id. */
export async function trainedRun(changes: Partial<RunConfig> = {}) {
  const policies = await writeChattyPolicy();
  const store = createMemoryStore();
  const { trainer } = await openTrainer(policies, {}, store);
  const runId = await trainer.start(
    tinyConfig({ maxSteps: 6, saveSteps: 2, evalSteps: 6, ...changes }),
  );
  await trainer.settled();
  const loadPolicy = (name: string) => readPolicyFrom(policies, name);
  return { policies, store, runId, loadPolicy };
}

export type Trained = Awaited<ReturnType<typeof trainedRun>>;

export async function exported(
  { store, loadPolicy, runId }: Trained,
  checkpoints: 'newest' | 'all' = 'all',
  rollouts: RolloutFile = noRollouts,
): Promise<Uint8Array<ArrayBuffer>> {
  const request = { kind: 'run', runId, checkpoints, rollouts } as const;
  const { file } = await exportFile({ store, loadPolicy }, request);
  return new Uint8Array(await file.arrayBuffer());
}

export const readBytes = ({ loadPolicy }: Trained, bytes: Uint8Array): Promise<ReadRun> =>
  readRunArchive(bytesSource(bytes), loadPolicy);

export type Files = Record<string, Uint8Array>;

export const jsonBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value));

export function jsonOf(bytes: Uint8Array | undefined): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

/** The manifest with sums that fit the files: what a careful forger would write. */
export function withHonestSums(files: Files, changes: Record<string, unknown> = {}): Files {
  const sums = Object.entries(files)
    .filter(([name]) => name !== 'manifest.json')
    .map(([name, bytes]) => [name, { bytes: bytes.length, sha256: digest(bytes) }] as const);
  const manifest = { ...jsonOf(files['manifest.json']), files: Object.fromEntries(sums) };
  return { ...files, 'manifest.json': jsonBytes({ ...manifest, ...changes }) };
}

export const zipOf = (files: Files): Uint8Array<ArrayBuffer> =>
  craftZip(Object.entries(files).map(([name, data]) => ({ name, data })));

/** A checkpoint with other tensors or fields, its header sealed to fit. */
export function withCheckpoint(
  files: Files,
  step: number,
  change: (draft: CheckpointDraft) => CheckpointDraft,
): Files {
  const [header, tensors] = [names.header(step), names.tensors(step)];
  const stored = jsonOf(files[header]) as unknown as CheckpointHeader;
  const changed = change(draftOf(stored, files[tensors]!));
  return { ...files, [header]: jsonBytes(seal(changed)), [tensors]: changed.tensors };
}
