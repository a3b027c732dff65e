/** TRL's losses, their gradients and metrics: every case of the fixture, nothing left out. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { goldenJson } from './goldenFiles.ts';
import { expectCase, type LossCase } from './lossChecks.ts';

const { cases } = goldenJson<{ cases: LossCase[] }>('policy_losses.json');

it('has a case of every loss that TRL offers', () => {
  const offered = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'luspo', 'vespo'];
  expect([...new Set(cases.map(({ config }) => config.loss_type))].sort()).toEqual(offered.sort());
});

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(async () => {
    await startNodeBackend(backend, (error) => {
      throw error;
    });
  });

  it.each(cases)('$name', expectCase);
});
