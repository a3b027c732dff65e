/**
 * The base policies on offer: their shapes and what they were pretrained for. Choices of the form,
 * `npm run pretrain` and the untrained policy are all drawn from here. How each was pretrained is
 * in workers/pretrainingRecipes.ts; what came of it in the policy's own card.
 */
export interface PolicyShape {
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
}

export interface PolicyInfo {
  shape: PolicyShape;
  /** Number of parameters. */
  parameters: number;
  /** Ids of the tasks whose texts it has seen; none: fresh random weights, nothing to download. */
  pretrainedFor: readonly string[];
}

const shapes = {
  large: { hiddenSize: 96, intermediateSize: 256, layers: 4, heads: 4 },
  middle: { hiddenSize: 64, intermediateSize: 176, layers: 4, heads: 4 },
  small: { hiddenSize: 48, intermediateSize: 128, layers: 3, heads: 3 },
  shallow: { hiddenSize: 64, intermediateSize: 176, layers: 2, heads: 4 },
} as const satisfies Record<string, PolicyShape>;

const shared = ['calculatorChain', 'countdown', 'adjudication'] as const;

export const policyTable = {
  'base-0.4M': { shape: shapes.large, parameters: 449_280, pretrainedFor: shared },
  'base-0.2M': { shape: shapes.middle, parameters: 205_312, pretrainedFor: shared },
  'base-0.1M': { shape: shapes.small, parameters: 86_304, pretrainedFor: shared },
  'program-0.4M': {
    shape: shapes.large,
    parameters: 449_280,
    pretrainedFor: ['programSynthesis'],
  },
  'untrained-0.1M': { shape: shapes.shallow, parameters: 104_704, pretrainedFor: [] },
} as const satisfies Record<string, PolicyInfo>;

export type PolicyName = keyof typeof policyTable;
