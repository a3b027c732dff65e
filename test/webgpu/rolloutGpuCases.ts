/**
 * What the tests of rollouts on WebGPU try: policies of sizes that the kernels take, requests with
 * every warper, policies with equal and with huge logits.
 */
import * as tf from '@tensorflow/tfjs-core';
import { disposePolicy, type Policy } from '../../models/policy.ts';
import type { RolloutRequest } from '../../models/rollout.ts';
import { noWarping, type Warping } from '../../models/warpers.ts';
import { policyOf, requestOf, type Sizes } from '../unit/rolloutCases.ts';

export const tiny = {
  vocab: 11,
  hidden: 16,
  inner: 24,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 8,
};
export const sizes: Sizes[] = [
  { ...tiny, tied: true },
  { vocab: 63, hidden: 96, inner: 256, layers: 1, heads: 4, kvHeads: 4, headDim: 24, tied: false },
  { vocab: 17, hidden: 20, inner: 36, layers: 3, heads: 6, kvHeads: 2, headDim: 8, tied: false },
  { vocab: 8, hidden: 4, inner: 4, layers: 1, heads: 1, kvHeads: 1, headDim: 8, tied: true },
  { vocab: 33, hidden: 28, inner: 12, layers: 2, heads: 3, kvHeads: 3, headDim: 40, tied: true },
];

export const warped = (changes: Partial<Warping>): Partial<RolloutRequest> => ({
  warping: { ...noWarping, ...changes },
});
const everyWarper = { temperature: 0.8, topK: 5, topP: 0.8, minP: 0.05 };
export const requests: Record<string, Partial<RolloutRequest>> = {
  plain: {},
  // Of another step: with step 5 one uniform is 2e-7 from a boundary, and the backends differ.
  cool: { ...warped({ temperature: 0.6 }), draw: { seed: 3, purpose: 'sample', step: 6 } },
  hot: warped({ temperature: 1.7 }),
  'top k': warped({ topK: 3 }),
  'top p': warped({ topP: 0.7 }),
  'min p': warped({ minP: 0.2 }),
  'every warper': warped(everyWarper),
  'greedy whatever the warping': { ...warped(everyWarper), draw: 'greedy' },
  'greedy to the end': { draw: 'greedy', eosId: -1 },
};
/** All of them on the first policy; of the others some, since the CPU takes its time. */
export const kindsOf = (i: number): string[] =>
  i === 0 ? Object.keys(requests) : ['plain', 'cool', 'every warper', 'greedy to the end'];

interface Case {
  name: string;
  policy: () => Policy;
  request: RolloutRequest;
}

/** Every word has the same logit as its neighbour: 0 as 1, 2 as 3, … */
export function pairedPolicy(): Policy {
  const one = { ...tiny, vocab: 12, tied: false };
  const policy = policyOf(one);
  const paired = tf.tidy(() => {
    const left = policyOf(one).parameters.get('lm_head.weight')!;
    return tf.reshape(
      tf.tile(tf.expandDims(tf.slice(left, [0, 0], [6, -1]), 1), [1, 2, 1]),
      [12, -1],
    );
  });
  policy.parameters.get('lm_head.weight')!.assign(paired);
  paired.dispose();
  return policy;
}

const paired = (changes: Partial<RolloutRequest>): RolloutRequest =>
  requestOf(12, { eosId: -1, ...changes });
export const pairs: Record<string, RolloutRequest> = {
  'top k': paired(warped({ topK: 1 })),
  'top p': paired(warped({ topP: 1e-3 })),
  'min p': paired(warped({ minP: 1 })),
  greedy: paired({ draw: 'greedy' }),
};

export const wild = sizes[1]!;
export const cases: Case[] = [
  ...sizes.flatMap((one, i) =>
    kindsOf(i).map((kind) => ({
      name: `${kind}, sizes ${i}`,
      policy: () => policyOf(one),
      request: requestOf(one.vocab, requests[kind]),
    })),
  ),
  ...Object.entries(pairs).map(([kind, request]) => ({
    name: `pairs, ${kind}`,
    policy: pairedPolicy,
    request,
  })),
  {
    name: 'wild',
    policy: () => policyOf(wild, 'llama', 1e4),
    request: requestOf(wild.vocab, { eosId: -1, draw: 'greedy', maxNewTokens: 10 }),
  },
];
export async function withPolicy<T>(
  policy: Policy,
  use: (policy: Policy) => Promise<T>,
): Promise<T> {
  try {
    return await use(policy);
  } finally {
    disposePolicy(policy);
  }
}
