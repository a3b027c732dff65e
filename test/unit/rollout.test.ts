/** Sampling: draws match the probabilities, rows do not depend on their batch, eos ends a row. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomUniform } from '../../models/philox.ts';
import { rollout, type RolloutRequest } from '../../models/rollout.ts';
import { drawTokens, noWarping, upperTriangle } from '../../models/warpers.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { randomPolicy } from './tinyPolicy.ts';

const prompts = [
  [1, 4, 5],
  [1, 7],
  [1, 9, 3, 8, 2],
  [1, 2, 6, 6],
];
const request: RolloutRequest = {
  promptIds: prompts,
  maxNewTokens: 12,
  eosId: 0,
  padId: 0,
  warping: noWarping,
  draw: { seed: 3, purpose: 'sample', step: 5 },
};

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startNodeBackend(backend, (error) => {
      throw error;
    });
  });

  it('draws match the probabilities, the first element of the first row included', async () => {
    const probabilities = [0.05, 0.4, 0, 0.25, 0.3];
    const rows = 20_000;
    const uniforms = Float32Array.from({ length: rows }, (_, row) =>
      randomUniform(1, 'sample', 0, row, 0),
    );
    const counts = new Array<number>(5).fill(0);
    const tokens = drawTokens(
      tf.tile(tf.tensor2d([probabilities]), [rows, 1]),
      tf.tensor1d(uniforms),
      upperTriangle(5),
    );
    for (const token of await tokens.data()) counts[token]! += 1;
    expect(counts[2]).toBe(0);
    const chi = probabilities.reduce(
      (sum, p, i) => (p === 0 ? sum : sum + (counts[i]! - rows * p) ** 2 / (rows * p)),
      0,
    );
    expect(chi).toBeLessThan(16.3); // 99.9 % quantile, 3 degrees of freedom

    // tf.multinomial always draws token 0 for element [0, 0] on WebGPU; ours must not.
    const first = new Set<number>();
    for (let step = 0; step < 40; step++) {
      const u = tf.tensor1d([randomUniform(1, 'sample', step, 0, 0)]);
      const one = drawTokens(tf.tensor2d([probabilities]), u, upperTriangle(5));
      first.add((await one.data())[0]!);
    }
    expect([...first].sort()).toEqual([0, 1, 3, 4]);
  });

  it('gives a row the same tokens whatever batch it sits in', async () => {
    const policy = randomPolicy();
    const together = await rollout(policy, request);
    expect(new Set(together.map((row) => row.completionIds.join())).size).toBeGreaterThan(1);
    for (const [row, prompt] of prompts.entries()) {
      const [alone] = await rollout(policy, {
        ...request,
        promptIds: [prompt],
        draw: { seed: 3, purpose: 'sample', step: 5, firstRow: row },
      });
      expect(alone?.completionIds).toEqual(together[row]?.completionIds);
    }
  });

  it('ends a row at eos, keeps eos, and reports log-probabilities and entropies per token', async () => {
    const rows = await rollout(randomPolicy(), request);
    for (const row of rows) {
      const eosAt = row.completionIds.indexOf(0);
      expect(row.finishReason).toBe(eosAt === -1 ? 'length' : 'eos');
      if (eosAt !== -1) expect(eosAt).toBe(row.completionIds.length - 1);
      expect(row.samplingLogps).toHaveLength(row.completionIds.length);
      for (const logp of row.samplingLogps) expect(logp).toBeLessThanOrEqual(1e-6);
      for (const entropy of row.entropies) {
        expect(entropy).toBeGreaterThanOrEqual(-1e-5);
        expect(entropy).toBeLessThanOrEqual(Math.log(11) + 1e-5);
      }
    }
    expect(rows.some((row) => row.finishReason === 'eos')).toBe(true);
  });

  it('frees every tensor it makes', async () => {
    const policy = randomPolicy();
    await rollout(policy, request);
    const before = tf.memory().numTensors;
    await rollout(policy, request);
    expect(tf.memory().numTensors).toBe(before);
  });
});
