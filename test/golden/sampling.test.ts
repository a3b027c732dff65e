/** Probabilities after temperature, top_k, top_p and min_p, in Hugging Face's order. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { warpedProbabilities } from '../../models/warpers.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { goldenJson } from './goldenFiles.ts';

interface Case {
  config: { temperature: number; top_k: number; top_p: number; min_p: number };
  logits: number[];
  probabilities: number[];
}

const { cases } = goldenJson<{ cases: Case[] }>('sampling.json');

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startNodeBackend(backend, (error) => {
      throw error;
    });
  });

  it.each(cases.map((one) => ({ ...one, name: JSON.stringify(one.config) })))(
    '$name',
    async ({ config, logits, probabilities }) => {
      const warped = warpedProbabilities(tf.tensor2d([logits]), {
        temperature: config.temperature,
        topK: config.top_k,
        topP: config.top_p,
        minP: config.min_p,
      });
      const values = await warped.data();
      expect(values).toHaveLength(probabilities.length);
      probabilities.forEach((p, i) => {
        expect(Math.abs((values[i] ?? NaN) - p)).toBeLessThan(1e-5);
      });
    },
  );
});
