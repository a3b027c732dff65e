/** A learner packed and restored: the same bits; misfits are refused before any change. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseSafetensors, writeSafetensors } from '../../models/safetensors.ts';
import { packLearner, restoreLearner } from '../../src/rft/checkpoint.ts';
import { createLearner, disposeLearner, type Learner } from '../../src/rft/learner.ts';
import { takeStep } from '../../src/rft/methods.ts';
import { calculatorChain } from '../../src/tasks/calculatorChain.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { codedErrorOf } from './coded.ts';
import { digest } from './digest.ts';
import { chattyFolder, tinyConfig } from './tinyPolicy.ts';

const fresh = (): Learner => createLearner(tinyConfig(), calculatorChain, chattyFolder());

/** A learner two steps on its way, packed. */
let bytes: Uint8Array;

beforeAll(async () => {
  await startNodeBackend('wasm', (error) => {
    throw error;
  });
  const learner = fresh();
  await (
    await takeStep(learner)
  ).metrics;
  await (
    await takeStep(learner)
  ).metrics;
  bytes = await packLearner(learner);
  disposeLearner(learner);
});

const packed = async (learner: Learner): Promise<string> => digest(await packLearner(learner));

test('a restored learner packs into the same bytes and goes on in the same way', async () => {
  const [one, two] = [fresh(), fresh()];
  restoreLearner(one, bytes);
  expect(await packed(one)).toBe(digest(bytes));
  expect([one.step, one.promptCursor, one.optimizer.updates]).toEqual([2, 1, 2]);
  expect(one.numTokens).toBeGreaterThan(0);
  await (
    await takeStep(two)
  ).metrics;
  await (
    await takeStep(two)
  ).metrics;
  await (
    await takeStep(two)
  ).metrics;
  await (
    await takeStep(one)
  ).metrics;
  expect(await packed(one)).toBe(await packed(two));
});

/** A learner whose first moment begins with these bit patterns. */
function withMoments(patterns: number[]): Learner {
  const learner = fresh();
  const bits = new Uint32Array(learner.optimizer.m.size);
  bits.set(patterns);
  learner.optimizer.m.dispose();
  learner.optimizer.m = tf.tensor1d(new Float32Array(bits.buffer));
  return learner;
}

test('−0, denormals and the largest numbers survive bit for bit', async () => {
  const patterns = [0x80000000, 0x00000001, 0x807fffff, 0x7f7fffff, 0xff7fffff];
  const odd = await packLearner(withMoments(patterns));
  const other = fresh();
  restoreLearner(other, odd);
  expect(await packed(other)).toBe(digest(odd));
  const data = other.optimizer.m.dataSync();
  expect([...new Uint32Array(data.buffer, data.byteOffset, 5)]).toEqual(patterns);
});

test('NaN is refused, and the learner stays as it was', async () => {
  const odd = await packLearner(withMoments([0x7fc00000]));
  const learner = fresh();
  const before = await packed(learner);
  expect(codedErrorOf(() => restoreLearner(learner, odd))).toMatch(/^corrupt-safetensors: /);
  expect(await packed(learner)).toBe(before);
});

test('restoring leaves no tensors behind', () => {
  const learner = fresh();
  const before = tf.memory().numTensors;
  restoreLearner(learner, bytes);
  expect(tf.memory().numTensors).toBe(before);
});

describe('a misfit is refused, and the learner stays as it was', () => {
  type Parts = ReturnType<typeof parseSafetensors>;
  const withoutTensor =
    (name: string) =>
    ({ tensors }: Parts): void => {
      tensors.delete(name);
    };
  const misshapen =
    (name: string) =>
    ({ tensors }: Parts): void => {
      tensors.set(name, { shape: [3], data: new Float32Array(3) });
    };
  const counterAs =
    (name: string, value: string | undefined) =>
    ({ metadata }: Parts): void => {
      if (value === undefined) Reflect.deleteProperty(metadata, name);
      else metadata[name] = value;
    };
  const cases: [string, (parts: Parts) => void][] = [
    // The last things to be read: whatever comes first must not have been written by then.
    ['no second moment', withoutTensor('optimizer.v')],
    ['a first moment of another size', misshapen('optimizer.m')],
    ['no head', withoutTensor('lm_head.weight')],
    ['a norm of another size', misshapen('model.norm.weight')],
    ['no step', counterAs('step', undefined)],
    ['a fractional cursor', counterAs('prompt_cursor', '1.5')],
    ['a negative number of tokens', counterAs('num_tokens', '-1')],
    ['updates that are no number', counterAs('updates', 'many')],
  ];
  test.each(cases)('%s', async (_name, damage) => {
    const parts = parseSafetensors(bytes);
    damage(parts);
    const learner = fresh();
    const before = await packed(learner);
    const damaged = writeSafetensors(parts.tensors, parts.metadata);
    expect(codedErrorOf(() => restoreLearner(learner, damaged))).toMatch(/^damaged-checkpoint: /);
    expect(await packed(learner)).toBe(before);
    expect([learner.step, learner.promptCursor, learner.numTokens]).toEqual([0, 0, 0]);
    disposeLearner(learner);
  });

  test('bytes that are cut off', () => {
    const learner = fresh();
    const cut = bytes.subarray(0, 1000);
    expect(codedErrorOf(() => restoreLearner(learner, cut))).toMatch(/^corrupt-safetensors: /);
    expect(learner.step).toBe(0);
  });
});
