/** A small checkpoint for storage tests; its tensors are bytes that depend on the step. */
import { defaultConfig } from '../../src/rft/config.ts';
import type { CheckpointDraft } from '../../src/storage/checkpointRecord.ts';

export function makeDraft(runId: string, step: number, size = 200): CheckpointDraft {
  return {
    runId,
    step,
    reason: 'interval',
    createdAt: 1_700_000_000_000 + step,
    config: defaultConfig,
    policyHash: 'abad1dea',
    backend: { backend: 'wasm', device: '2 threads, SIMD' },
    rngCounters: { seed: 1, step },
    promptCursor: 8 * step,
    bestEval: 0.25,
    tensors: Uint8Array.from({ length: size }, (_, index) => (index * 7 + step) % 256),
  };
}
