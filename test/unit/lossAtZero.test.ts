/** What the page says about the value of the loss, against the loss itself on fresh samples. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import '../../models/gradients.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { policyLoss } from '../../src/rft/loss.ts';
import { lossEntry, lossTypes } from '../../src/rft/lossTable.ts';
import { lossAtZero } from '../../src/ui/charts/lossAtZero.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';

beforeAll(async () => {
  await startNodeBackend('cpu', (error) => {
    throw error;
  });
});

const LONGEST = 4;
/** They add up to 0, as the advantages of a group do. */
const advantages = [1, 0.5, -1.25, -0.25];
const unequal = [1, 4, 3, 2];
const equal = [3, 3, 3, 3];

/** Log-probabilities that differ from token to token. */
const logp = (row: number, token: number): number => -0.3 * (row + 1) - 0.1 * token * token;

function lossOnFreshSamples(config: RunConfig, lengths: readonly number[]): number {
  const sampledTokens = lengths.reduce((a, b) => a + b, 0);
  const batch = { lengths, sampledTokens, maxCompletionLength: LONGEST };
  const table = (value: (row: number, token: number) => number): number[][] =>
    lengths.map((length, row) =>
      Array.from({ length: LONGEST }, (_, token) => (token < length ? value(row, token) : 0)),
    );
  const inputs = {
    logps: tf.tensor2d(table(logp)),
    mask: tf.tensor2d(table(() => 1)),
    weights: tf.tensor2d(table((row) => lossEntry(config.lossType).weight(batch, row))),
    advantages: tf.tensor2d(advantages, [advantages.length, 1]),
  };
  const none = { entropies: null, old: null, ref: null, keep: null };
  return policyLoss({ ...inputs, ...none }, config, 10).arraySync();
}

describe('lossAtZero', () => {
  it.each(lossTypes)('%s: claims 0 only where the loss is 0', (lossType) => {
    const config: RunConfig = { ...defaultConfig, maxCompletionLength: LONGEST, lossType };
    const words = lossAtZero(config);
    const claimsZero = words.includes('add up to 0') && !words.includes('What moves it');
    expect(claimsZero).toBe(Math.abs(lossOnFreshSamples(config, unequal)) < 1e-6);
  });

  it.each(lossTypes)(
    '%s: is a mean of ratio × advantage only where it is said to be',
    (lossType) => {
      const sameGate = { sapoTemperaturePos: 1, sapoTemperatureNeg: 1 };
      const config: RunConfig = {
        ...defaultConfig,
        maxCompletionLength: LONGEST,
        ...sameGate,
        lossType,
      };
      const said = lossAtZero(config).includes('ratio is exactly 1');
      expect(said).toBe(Math.abs(lossOnFreshSamples(config, equal)) < 1e-6);
    },
  );

  it('names what moves it off 0, and claims nothing where nothing is subtracted', () => {
    const config: RunConfig = { ...defaultConfig, lossType: 'grpo' };
    expect(lossAtZero({ ...config, beta: 0.1 })).toContain('the KL term is added');
    expect(lossAtZero({ ...config, advantageBaseline: 'none' })).not.toContain('add up to 0');
  });

  it('a KL moves it as a term of the loss, not as part of the reward', () => {
    const said = (klInReward: boolean) => lossAtZero({ ...defaultConfig, beta: 0.1, klInReward });
    expect([said(false).includes('KL term'), said(true).includes('KL term')]).toEqual([
      true,
      false,
    ]);
  });
});
