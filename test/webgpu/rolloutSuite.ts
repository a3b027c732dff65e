/**
 * What must hold of rollouts on WebGPU whichever way they go: the tests themselves, which the test
 * files run for each way. What the composition of tensor ops says is computed on the CPU first,
 * where it is quick, and once on WebGPU itself; both must be the same tokens.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../models/backend.ts';
import { randomUniform } from '../../models/philox.ts';
import {
  rollout,
  rolloutKernelTakes,
  rolloutReference,
  type RolloutRequest,
  type RolloutRow,
} from '../../models/rollout.ts';
import { expectAgreement, largestError, policyOf, requestOf } from '../unit/rolloutCases.ts';
import {
  cases,
  kindsOf,
  pairedPolicy,
  pairs,
  requests,
  sizes,
  tiny,
  warped,
  wild,
  withPolicy,
} from './rolloutGpuCases.ts';

const tolerance = 1e-4;
const backendHost = {
  wasmPaths: {},
  onTrouble: (error: Error): never => {
    throw error;
  },
};

const wanted = new Map<string, RolloutRow[]>();

/** Works the composition's results out, then starts WebGPU. */
async function prepare(): Promise<void> {
  await startBackend('cpu', backendHost);
  for (const { name, policy, request } of cases) {
    wanted.set(name, await withPolicy(policy(), (made) => rolloutReference(made, request)));
  }
  await startBackend('webgpu', backendHost);
}

function agreementTests(): void {
  describe.each(sizes.map((one, i) => [i, one] as const))('sizes %d', (i, one) => {
    test.each(kindsOf(i))('%s: equals the composition', async (kind) => {
      await withPolicy(policyOf(one), async (policy) => {
        const request = requestOf(one.vocab, requests[kind]);
        expect(rolloutKernelTakes(policy, request)).toBe(true);
        const rows = await rollout(policy, request);
        expect(largestError(rows, wanted.get(`${kind}, sizes ${i}`)!)).toBeLessThan(tolerance);
        if (request.draw === 'greedy') return;
        expect(new Set(rows.map((row) => row.completionIds.join())).size).toBeGreaterThan(5);
      });
    });
  });

  test('equals the composition on WebGPU too, and rows end by eos and by length', async () => {
    await withPolicy(policyOf(sizes[0]!), async (policy) => {
      const rows = await expectAgreement(policy, requestOf(11, { maxNewTokens: 12 }));
      expect(new Set(rows.map((row) => row.finishReason))).toEqual(new Set(['eos', 'length']));
    });
  });
}

function tieTests(): void {
  describe('ties', () => {
    test.each(Object.entries(pairs))('%s: are kept together', async (kind, request) => {
      const rows = await withPolicy(pairedPolicy(), (policy) => rollout(policy, request));
      expect(largestError(rows, wanted.get(`pairs, ${kind}`)!)).toBeLessThan(tolerance);
      const parities = new Set(rows.flatMap((row) => row.completionIds.map((id) => id % 2)));
      // Greedy takes the first of a pair; a warper that cuts within a pair would, too.
      expect(parities).toEqual(new Set(request.draw === 'greedy' ? [0] : [0, 1]));
    });

    test('all words alike: every one is kept and drawn, greedy takes the first', async () => {
      await withPolicy(policyOf(sizes[0]!, 'llama', 0), async (policy) => {
        const request = requestOf(11, { eosId: -1, ...warped({ topK: 3, topP: 0.1, minP: 1 }) });
        const rows = await rollout(policy, request);
        expect(new Set(rows.flatMap((row) => row.completionIds)).size).toBe(11);
        expect(rows[0]!.entropies[0]).toBeCloseTo(Math.log(11), 5);
        const greedy = await rollout(policy, { ...request, draw: 'greedy' });
        expect(greedy.every((row) => row.completionIds.every((id) => id === 0))).toBe(true);
      });
    });
  });
}

function extremeTests(): void {
  test('huge logits are no trouble', async () => {
    await withPolicy(policyOf(wild, 'llama', 1e4), async (policy) => {
      const request = requestOf(wild.vocab, { eosId: -1, draw: 'greedy', maxNewTokens: 10 });
      const rows = await rollout(policy, request);
      const expected = wanted.get('wild')!;
      expect(rows.map((row) => row.completionIds)).toEqual(
        expected.map((row) => row.completionIds),
      );
      for (const draw of ['greedy', requestOf(1).draw] as const) {
        for (const row of await rollout(policy, { ...request, draw })) {
          expect([...row.samplingLogps, ...row.entropies].every(Number.isFinite)).toBe(true);
        }
      }
    });
  });

  test('a policy that has become NaN is not hidden', async () => {
    await withPolicy(policyOf(sizes[0]!), async (policy) => {
      policy.parameters.get('model.layers.1.input_layernorm.weight')!.assign(tf.fill([16], NaN));
      const [row] = await rollout(policy, requestOf(11, { eosId: -1 }));
      expect(row!.samplingLogps.every(Number.isNaN)).toBe(true);
    });
  });

  /** Equal logits for 4096 words: the word drawn is the uniform's first 12 bits. */
  test.each([
    { seed: 0, step: 0, firstRow: 0 },
    { seed: 3, step: 5, firstRow: 17 },
    { seed: 0xffffffff, step: 70_000, firstRow: 0xfffffff0 - 12 },
    { seed: 0x9e3779b9, step: 0xdeadbeef, firstRow: 65_535 },
  ])('uniforms are those of Philox: %o', async ({ seed, step, firstRow }) => {
    const one = { ...tiny, vocab: 4096, hidden: 4, inner: 4, layers: 1, tied: true };
    await withPolicy(policyOf(one, 'llama', 0), async (policy) => {
      for (const purpose of ['sample', 'evalSample'] as const) {
        const draw = { seed, purpose, step, firstRow };
        const rows = await rollout(policy, requestOf(4096, { maxNewTokens: 5, eosId: -1, draw }));
        rows.forEach((row, r) => {
          const uniforms = row.completionIds.map((_, t) =>
            randomUniform(seed, purpose, step, firstRow + r, t),
          );
          expect(row.completionIds).toEqual(uniforms.map((u) => Math.floor(u * 4096)));
        });
      }
    });
  });
}

function rowTests(): void {
  describe('a row', () => {
    const one = sizes[2]!;
    const request = requestOf(one.vocab);
    const at = (firstRow: number): RolloutRequest['draw'] => ({
      seed: 3,
      purpose: 'sample',
      step: 5,
      firstRow,
    });

    test('has the same bits twice, and whatever batch it sits in', async () => {
      await withPolicy(policyOf(one), async (policy) => {
        const together = await rollout(policy, request);
        expect(await rollout(policy, request)).toEqual(together);
        for (const first of [0, 5, 8]) {
          const part = await rollout(policy, {
            ...request,
            promptIds: request.promptIds.slice(first, first + 4),
            draw: at(first),
          });
          expect(part).toEqual(together.slice(first, first + 4));
        }
        // More rows than slots so far: buffers grow, plans are made anew; and then fewer again.
        const many = Array.from({ length: 75 }, (_, row) => request.promptIds[row % 12]!);
        const large = await rollout(policy, { ...request, promptIds: many });
        expect(large.slice(0, 12)).toEqual(together);
        expect(await rollout(policy, request)).toEqual(together);
        const last = { ...request, promptIds: many.slice(63), draw: at(63) };
        expect(await rollout(policy, last)).toEqual(large.slice(63));
      });
    });

    test('keeps its eos and is cut at the length asked for', async () => {
      await withPolicy(policyOf(one), async (policy) => {
        const short = await rollout(policy, { ...request, maxNewTokens: 6 });
        const long = await rollout(policy, request);
        short.forEach((row, i) => {
          expect(row.completionIds).toEqual(long[i]!.completionIds.slice(0, 6));
          expect(row.samplingLogps).toEqual(long[i]!.samplingLogps.slice(0, 6));
          expect(row.entropies).toEqual(long[i]!.entropies.slice(0, 6));
          const eosAt = row.completionIds.indexOf(0);
          expect(eosAt).toBe(row.finishReason === 'eos' ? row.completionIds.length - 1 : -1);
        });
      });
    });

    test('leaves no more in the record once it has ended', async () => {
      await withPolicy(policyOf(one), async (policy) => {
        const rows = await rollout(policy, request);
        const record = tf
          .engine()
          .runKernel<tf.Tensor3D>(
            'Rollout',
            { ...Object.fromEntries(policy.parameters), ...policy.ropeTable },
            { config: policy.config, request } as unknown as tf.NamedAttrMap,
          ); // [T, 3, B]
        const byRow = await tf.transpose(record, [2, 0, 1]).array();
        byRow.forEach((said, row) => {
          const { length } = rows[row]!.completionIds;
          expect(said.slice(0, length).map(([token]) => token)).toEqual(rows[row]!.completionIds);
          expect(
            said
              .slice(length)
              .flat()
              .every((x) => x === 0),
          ).toBe(true);
        });
      });
    });

    test('with a token that the policy does not know is refused', async () => {
      await withPolicy(policyOf(one), async (policy) => {
        for (const bad of [[one.vocab], [-1], [1.5], []]) {
          const wrong = { ...request, promptIds: [[1, 2], bad] };
          await expect(async () => rollout(policy, wrong)).rejects.toThrow('internal:');
        }
      });
    });
  });
}

function changeTests(): void {
  test('uses the weights as they are now', async () => {
    await withPolicy(policyOf(sizes[0]!), async (policy) => {
      const before = await rollout(policy, requestOf(11));
      const gain = policy.parameters.get('model.norm.weight')!;
      gain.assign(tf.tidy(() => tf.mul(gain, 2)));
      expect(await rollout(policy, requestOf(11))).not.toEqual(before);
      gain.assign(tf.tidy(() => tf.mul(gain, 0.5)));
      expect(await rollout(policy, requestOf(11))).toEqual(before);
    });
  });
}

/** All tests; `take` makes rollouts go the way in question. */
export function testRollouts(take: () => void): void {
  beforeAll(async () => {
    await prepare();
    take();
  }, 2 * 60_000);
  agreementTests();
  tieTests();
  extremeTests();
  rowTests();
  changeTests();
}
