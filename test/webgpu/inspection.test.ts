/** On WebGPU too a step under the magnifier is the step it would have been, and tells what is so. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import { parseConfig } from '../../src/rft/config.ts';
import { completionLogps } from '../../src/rft/inspect.ts';
import { createLearner, disposeLearner, type Learner } from '../../src/rft/learner.ts';
import { takeStep } from '../../src/rft/methods.ts';
import type { StepRow } from '../../src/rft/stepRow.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { inspector } from '../../workers/inspection.ts';
import { changeMeter } from '../../workers/logpChanges.ts';
import { randomPolicy } from '../bench/randomPolicy.ts';

beforeAll(async () => {
  await startBackend('webgpu', {
    wasmPaths: {},
    onTrouble: (error) => {
      throw error;
    },
  });
});

/** Pays for digits, so that random completions differ in reward. */
const task = {
  ...calculatorChain,
  rewards: [
    {
      name: 'digits',
      meaning: 'Digits, in tenths.',
      weight: 1,
      score: ({ completion }: { completion: string }) => completion.replace(/\D/g, '').length / 10,
    },
  ],
};

function newLearner(): Learner {
  const { config } = parseConfig({
    ...{ maxSteps: 5, numPrompts: 2, generationBatchSize: 8, numGenerations: 4 },
    ...{ maxCompletionLength: 6, temperature: 0.9, learningRate: 0.01, warmupSteps: 0 },
  });
  const sizes = { hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1 };
  return createLearner(config!, task, randomPolicy({ ...sizes, num_attention_heads: 2 }));
}

/** Every parameter's numbers as text, which tells any two apart. */
async function parametersOf({ policy }: Learner): Promise<string[]> {
  const all = [...policy.parameters.values()];
  return Promise.all(all.map(async (variable) => (await variable.data()).join()));
}

it('three steps with and without: the same parameters, bit for bit', async () => {
  const plain = newLearner();
  const watched = newLearner();
  for (let i = 0; i < 3; i++) {
    await (
      await takeStep(plain)
    ).metrics;
    const look = inspector(watched, 1);
    await (
      await takeStep(watched, undefined, look.before)
    ).metrics;
    const seen = (await look.after())!;
    expect(seen.changes.flat().some((change) => change !== 0)).toBe(true);
    expect(seen.likeliest.flat().every((places) => places.length > 0)).toBe(true);
  }
  expect(await parametersOf(watched)).toEqual(await parametersOf(plain));
  disposeLearner(plain);
  disposeLearner(watched);
});

it('the changes of a whole step: the same parameters, its tensors given back, as in the magnifier', async () => {
  const plain = newLearner();
  const watched = newLearner();
  const counts: number[] = [];
  for (let i = 0; i < 3; i++) {
    await (
      await takeStep(plain)
    ).metrics;
    const meter = changeMeter(watched);
    const look = inspector(watched, 1);
    const { rows, metrics } = await takeStep(watched, undefined, async (sampled) => {
      await meter.before(sampled);
      await look.before(sampled);
    });
    // As in a run: asked for while the update is on its way.
    const [, changes] = await Promise.all([metrics, meter.after()]);
    const seen = (await look.after())!;
    counts.push(tf.memory().numTensors);
    expect(changes.map(({ length }) => length)).toEqual(
      rows.map(({ rollout }) => rollout.completionIds.length),
    );
    const own = changes.slice(4).flat();
    seen.changes.flat().forEach((change, t) => expect(own[t]).toBeCloseTo(change, 4));
  }
  expect(new Set(counts).size).toBe(1);
  expect(await parametersOf(watched)).toEqual(await parametersOf(plain));
  disposeLearner(plain);
  disposeLearner(watched);
});

it('measures the log-probabilities that were sampled with', async () => {
  const learner = newLearner();
  const compare = async (rows: readonly StepRow[]): Promise<void> => {
    const measured = await completionLogps(
      learner,
      rows.map(({ rollout }) => rollout),
    );
    const sampled = rows.flatMap(({ rollout }) => rollout.samplingLogps);
    measured.flat().forEach((logp, i) => expect(logp).toBeCloseTo(sampled[i]!, 3));
  };
  expect.hasAssertions();
  await (
    await takeStep(learner, undefined, compare)
  ).metrics;
  disposeLearner(learner);
});
