/** A run as it comes out of an archive, with two small checkpoints; for tests of storage. */
import { defaultConfig } from '../../src/rft/config.ts';
import { seal } from '../../src/storage/checkpointRecord.ts';
import type { ReadRun } from '../../workers/archive/runArchive.ts';
import { makeDraft } from './checkpointDraft.ts';

/** @param size of each checkpoint. */
export function makeReadRun(id: string, size = 200): ReadRun {
  const drafts = [10, 20].map((step) => makeDraft(id, step, size));
  const headers = drafts.map(seal);
  const run = {
    ...{ id, name: `run ${id}`, config: defaultConfig, policyHash: 'abad1dea' },
    ...{ backend: { backend: 'wasm', device: 'CPU' } as const, createdAt: 1, updatedAt: 2 },
    ...{ step: 20, finished: false, evalGreedy: 0.5, bytes: 2 * size, pins: [10] },
  };
  const rows = [0, 10, 20].map((step) => ({ step, values: { reward: step / 7, kl: -0 } }));
  const tensors = headers.map(({ id: key }, i) => [key, drafts[i]!.tensors] as const);
  const rollouts = { packed: Uint8Array.of(31, 139, size), steps: 2, note: 'Of two steps.' };
  return { whole: { run, rows, headers }, tensors: new Map(tensors), rollouts };
}
