/**
 * What holds for every batch: padding, the split into micro-batches and the order of rows change
 * nothing, every token of a completion (eos too) counts and no other does, weights sum up.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import '../../models/gradients.ts';
import { disposePolicy, type Policy } from '../../models/policy.ts';
import {
  disposeMicroBatch,
  packMicroBatch,
  partition,
  type MicroBatch,
  type MicroBatchShape,
  type TrainingRow,
} from '../../src/rft/batch.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import { policyLoss, ratioLevel } from '../../src/rft/loss.ts';
import { lossMetrics } from '../../src/rft/lossMetrics.ts';
import { lossEntry, lossTypes, type LossType } from '../../src/rft/lossTable.ts';
import {
  batchLogps,
  policyGradient,
  type GradientOptions,
  type PreparedBatch,
} from '../../src/rft/policyGradient.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import { randomPolicy } from '../unit/tinyPolicy.ts';

const eosId = 0;
const maxCompletionLength = 9;

let policy: Policy;
/** Another policy of the same shape: the one that sampled, or the reference. */
let other: Policy;

beforeAll(async () => {
  await startNodeBackend('wasm', (error) => {
    throw error;
  });
  policy = randomPolicy();
  other = randomPolicy();
  for (const variable of other.parameters.values()) {
    variable.assign(tf.tidy(() => tf.mul(variable, 0.97)));
  }
  return () => {
    disposePolicy(policy);
    disposePolicy(other);
  };
});

const token = fc.integer({ min: 1, max: 10 });
const completion = fc
  .tuple(fc.array(token, { maxLength: maxCompletionLength - 1 }), fc.boolean())
  .map(([ids, ends]) => (ends || ids.length === 0 ? [...ids, eosId] : ids));
/** Rows of a step; weights come with the loss type. */
const sampledRow = fc.record({
  promptIds: fc.array(token, { minLength: 1, maxLength: 6 }),
  completionIds: completion,
  advantage: fc.double({ min: -2, max: 2, noNaN: true }),
});
const sampled = fc.array(sampledRow, { minLength: 1, maxLength: 9 });
type Sampled = Omit<TrainingRow, 'tokenWeight'>;

function weighted(rows: readonly Sampled[], lossType: LossType): TrainingRow[] {
  const lengths = rows.map((row) => row.completionIds.length);
  const sampledTokens = lengths.reduce((a, b) => a + b, 0);
  const shape = { lengths, sampledTokens, maxCompletionLength };
  return rows.map((row, i) => ({ ...row, tokenWeight: lossEntry(lossType).weight(shape, i) }));
}

interface Layout extends MicroBatchShape {
  padId?: number;
}

/** Everything on that acts on a loss. */
const offPolicy = (lossType: LossType): GradientOptions => ({
  ...defaultConfig,
  lossType,
  beta: 0.1,
  epsilon: 0.1,
  epsilonHigh: 0.3,
  entropyCoef: 0.01,
  offPolicyMaskThreshold: 0.05,
  temperature: 0.9,
});

/** On-policy, nothing on but the policy term. */
const plain = (lossType: LossType): GradientOptions => ({
  ...offPolicy(lossType),
  beta: 0,
  entropyCoef: 0,
});

/** Gradient and sums of the rows, cut and padded as `layout` says. */
function gradientOf(
  rows: readonly TrainingRow[],
  layout: Layout,
  options: GradientOptions,
  old: (batch: MicroBatch) => tf.Tensor2D | null = (batch) =>
    tf.tidy(() => batchLogps(other, batch, options.temperature)),
): { gradient: Float32Array; sums: number[] } {
  const prepared = partition(rows, layout.rows).map((part): PreparedBatch => {
    const batch = packMicroBatch(part, layout.padId ?? 0, layout);
    expect(batch.mask.shape[0]).toBeLessThanOrEqual(layout.rows);
    const ref =
      options.beta > 0 ? tf.tidy(() => batchLogps(other, batch, options.temperature)) : null;
    const kept = old(batch);
    return { batch, old: kept, ref };
  });
  const tokens = rows.reduce((sum, row) => sum + row.completionIds.length, 0);
  const { gradient, sums } = policyGradient(policy, prepared, options, tokens);
  const parts = sums.map((part, i) => ({
    values: part.dataSync(),
    lengths: prepared[i]!.batch.lengths,
  }));
  const onPolicy = prepared.every((one) => one.old === null);
  const read = lossMetrics(parts, options.lossType, ratioLevel(options), onPolicy);
  const result = {
    gradient: gradient.dataSync() as Float32Array,
    sums: [read.loss, read.kl, read.entropy, ...Object.values(read.watched)],
  };
  tf.dispose([gradient, ...sums]);
  for (const { batch, old: kept, ref } of prepared) {
    disposeMicroBatch(batch);
    kept?.dispose();
    ref?.dispose();
  }
  return result;
}

function expectSame(a: ReturnType<typeof gradientOf>, b: ReturnType<typeof gradientOf>): void {
  for (const key of ['gradient', 'sums'] as const) {
    const [actual, expected] = [Array.from(a[key]), Array.from(b[key])];
    expect(actual.length).toBe(expected.length);
    const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
    const worst = actual.reduce((most, x, i) => {
      const difference = Math.abs(x - expected[i]!);
      return difference <= most ? most : difference; // NaN comes through
    }, 0);
    expect(worst / scale).toBeLessThan(5e-5);
  }
}

const runs = { numRuns: 12 };

describe.each(lossTypes)('%s', (lossType) => {
  const options = offPolicy(lossType);

  test('more columns, more rows and another pad id change nothing', () => {
    fc.assert(
      fc.property(sampled, token, (drawn, padId) => {
        const rows = weighted(drawn, lossType);
        const tight = gradientOf(rows, { rows: rows.length, columnRounding: 1 }, options);
        expectSame(gradientOf(rows, { rows: 16, columnRounding: 16, padId }, options), tight);
      }),
      runs,
    );
  });

  test('a split into micro-batches gives the same gradient and sums', () => {
    fc.assert(
      fc.property(sampled, fc.integer({ min: 1, max: 5 }), (drawn, size) => {
        const rows = weighted(drawn, lossType);
        const whole = gradientOf(rows, { rows: rows.length, columnRounding: 4 }, options);
        expectSame(gradientOf(rows, { rows: size, columnRounding: 4 }, options), whole);
      }),
      runs,
    );
  });

  test('weights sum to what the type says', () => {
    const totals: Record<LossType, (rows: readonly Sampled[], tokens: number) => number> = {
      grpo: () => 1,
      bnpo: () => 1,
      dapo: () => 1,
      cispo: () => 1,
      sapo: () => 1,
      vespo: () => 1,
      rloo: () => 1,
      dr_grpo: (rows, tokens) => tokens / (rows.length * maxCompletionLength),
      luspo: (rows, tokens) => tokens / rows.length,
      reinforce: (rows, tokens) => tokens / rows.length,
    };
    const alike: readonly LossType[] = ['grpo', 'sapo', 'rloo'];
    fc.assert(
      fc.property(sampled, (drawn) => {
        const rows = weighted(drawn, lossType);
        const batch = packMicroBatch(rows, 0, { rows: 16, columnRounding: 16 });
        const tokens = rows.reduce((sum, row) => sum + row.completionIds.length, 0);
        expect(tf.sum(batch.mask).dataSync()[0]).toBe(tokens);
        expect(tf.sum(batch.weights).dataSync()[0]).toBeCloseTo(totals[lossType](rows, tokens), 5);
        const ofRows = tf.sum(batch.weights, 1).dataSync();
        rows.forEach((row, b) => {
          const share = alike.includes(lossType)
            ? 1 / rows.length
            : row.completionIds.length * row.tokenWeight;
          expect(ofRows[b]).toBeCloseTo(share, 5);
        });
        disposeMicroBatch(batch);
      }),
    );
  });
});

test('64 rows in micro-batches of 64, 16 and 4 give the same gradient', () => {
  const many = fc.array(sampledRow, { minLength: 64, maxLength: 64 });
  fc.assert(
    fc.property(many, fc.constantFrom(...lossTypes), (drawn, lossType) => {
      const options = offPolicy(lossType);
      const rows = weighted(drawn, lossType);
      const whole = gradientOf(rows, { rows: 64, columnRounding: 16 }, options);
      for (const size of [16, 4]) {
        expectSame(gradientOf(rows, { rows: size, columnRounding: 4 }, options), whole);
      }
    }),
    { numRuns: 4 },
  );
});

test('the order of rows changes nothing, and no row is lost in the split', () => {
  const shuffled = sampled.chain((rows) =>
    fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
  );
  fc.assert(
    fc.property(shuffled, fc.integer({ min: 1, max: 9 }), ([drawn, again], size) => {
      const [rows, moved] = [weighted(drawn, 'dr_grpo'), weighted(again, 'dr_grpo')];
      expect(new Set(partition(rows, size).flat())).toEqual(new Set(rows));
      expect(partition(rows, size).flat()).toHaveLength(rows.length);
      const layout = { rows: size, columnRounding: 4 };
      const options = offPolicy('dr_grpo');
      expectSame(gradientOf(moved, layout, options), gradientOf(rows, layout, options));
    }),
    runs,
  );
});

test('the gradient reaches every token of a completion, eos too, and nothing else', () => {
  const rows = sampled.map((drawn) =>
    drawn.map((row) => ({ ...row, advantage: row.advantage + (row.advantage < 0 ? -0.1 : 0.1) })),
  );
  fc.assert(
    fc.property(rows, fc.constantFrom(...lossTypes), (drawn, lossType) => {
      const batch = packMicroBatch(weighted(drawn, lossType), 0, { rows: 16, columnRounding: 16 });
      const [count, columns] = batch.mask.shape;
      const lossOf = (logps: tf.Tensor): tf.Scalar =>
        policyLoss(
          { ...batch, logps: logps as tf.Tensor2D, entropies: null, old: null, ref: null },
          plain(lossType),
          1,
        );
      const gradient = tf
        .grad(lossOf)(tf.fill([count, columns], -1.5))
        .dataSync();
      const targets = batch.targets.dataSync();
      for (let b = 0; b < count; b++) {
        const row = drawn[b];
        const touched: number[] = [];
        for (let t = 0; t < columns; t++) {
          if (gradient[b * columns + t] !== 0) touched.push(targets[b * columns + t]!);
        }
        expect(touched).toEqual(row?.completionIds ?? []);
      }
      disposeMicroBatch(batch);
    }),
  );
});

test('on-policy, leaving the old log-probabilities out equals giving them', () => {
  fc.assert(
    fc.property(sampled, fc.constantFrom(...lossTypes), (drawn, lossType) => {
      const rows = weighted(drawn, lossType);
      const layout = { rows: 4, columnRounding: 4 };
      const options = plain(lossType);
      const given = gradientOf(rows, layout, options, (batch) =>
        tf.tidy(() => batchLogps(policy, batch, options.temperature)),
      );
      const without = gradientOf(rows, layout, options, () => null);
      expectSame({ ...without, sums: [] }, { ...given, sums: [] });
      // Nothing is clipped where the ratio is 1; what is left out is told as it would have been.
      if (lossEntry(lossType).clips) expectSame(without, given);
    }),
    runs,
  );
});

test('rows of advantage 0 give no gradient where nothing else acts on them', () => {
  fc.assert(
    fc.property(sampled, (drawn) => {
      const rows = weighted(drawn, 'dr_grpo').map((row) => ({ ...row, advantage: 0 }));
      const options = plain('dr_grpo');
      const { gradient } = gradientOf(rows, { rows: 16, columnRounding: 4 }, options, () => null);
      expect(gradient.every((x) => x === 0)).toBe(true);
    }),
    runs,
  );
});

test('a gradient leaves no tensors behind', () => {
  const rows = weighted(
    [3, 1, 5].map((length) => ({
      promptIds: [1],
      completionIds: new Array<number>(length).fill(2),
      advantage: 1,
    })),
    'grpo',
  );
  const options = offPolicy('grpo');
  gradientOf(rows, { rows: 2, columnRounding: 4 }, options);
  const before = tf.memory().numTensors;
  gradientOf(rows, { rows: 2, columnRounding: 4 }, options);
  expect(tf.memory().numTensors).toBe(before);
});
