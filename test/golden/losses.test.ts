/** TRL's losses and their gradients, for every case of the loss types on offer. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { goldenJson } from './goldenFiles.ts';
import { evaluateCase, isOffered, type LossCase } from './lossChecks.ts';

const { cases } = goldenJson<{ cases: LossCase[] }>('policy_losses.json');
const offered = cases.filter(isOffered);

/** Absolute tolerance for 1e-5 relative to the largest magnitude at hand. */
const within = (scale: number): number => 1e-5 * Math.max(scale, 1e-3);

it('offers grpo, bnpo, dr_grpo and dapo', () => {
  expect([...new Set(offered.map(({ config }) => config.loss_type))].sort()).toEqual([
    'bnpo',
    'dapo',
    'dr_grpo',
    'grpo',
  ]);
});

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startNodeBackend(backend, (error) => {
      throw error;
    });
  });

  it.each(offered)('$name', async (one) => {
    const { loss, gradient, metrics } = await evaluateCase(one);
    const { expected } = one;
    expect(Math.abs(loss - expected.loss)).toBeLessThan(within(Math.abs(expected.loss)));
    const wanted = expected.grad_logps.flat();
    const largest = Math.max(...wanted.map(Math.abs));
    wanted.forEach((g, i) => {
      expect(Math.abs((gradient[i] ?? NaN) - g)).toBeLessThan(within(largest));
    });
    for (const [key, value] of Object.entries(metrics)) {
      expect(value).toBeCloseTo(expected.metrics[key] ?? NaN, 5);
    }
  });
});
