/**
 * Every loss on offer: where it comes from, its equation, a line of meaning, how it weighs a token
 * and at which level it takes the probability ratio. Plain numbers and text, so that the form can
 * show what the loop computes; the tensor functions are in surrogates.ts, under the same names.
 *
 * In the equations r is the probability ratio against the policy that sampled, A the advantage,
 * G the completions of a step and T the tokens of one of them.
 */

export interface BatchShape {
  /** Tokens, eos included, of every completion of the step; 0 for one that is left out as cut. */
  lengths: readonly number[];
  /** Tokens of all completions, those that are left out included. */
  sampledTokens: number;
  maxCompletionLength: number;
}

/** The weight of every token of row `row`. */
type TokenWeight = (batch: BatchShape, row: number) => number;

/**
 * What the ratio is taken of: each token; the geometric mean over a completion (GSPO, eq. 7); or the
 * whole completion.
 */
export type RatioLevel = 'token' | 'sequence' | 'completion';

/** What is counted for the metrics while the policy moves away from the one that sampled. */
export type Watch = 'low' | 'high' | 'phi';

export interface LossEntry {
  label: string;
  /** Authors, title, year, and which equation of it. */
  source: string;
  equation: string;
  meaning: string;
  weight: TokenWeight;
  /** Where the loss insists on a level; null: the config's importanceSamplingLevel decides. */
  level: RatioLevel | null;
  watches: readonly Watch[];
  /** True for losses that clip, which two-sided clipping can extend. */
  clips: boolean;
}

const rowCount = ({ lengths }: BatchShape): number => lengths.length;

const keptTokens = ({ lengths }: BatchShape): number =>
  Math.max(
    1,
    lengths.reduce((a, b) => a + b, 0),
  );

/** Mean over each completion's tokens, then over completions. */
const perCompletion: TokenWeight = (batch, row) =>
  1 / (rowCount(batch) * Math.max(1, batch.lengths[row] ?? 0));
/** Mean over all tokens that were sampled: leaving cut completions out makes it smaller (TRL). */
const perToken: TokenWeight = ({ sampledTokens }) => 1 / Math.max(1, sampledTokens);
/** Sum over each completion's tokens, mean over completions. */
const perSum: TokenWeight = (batch) => 1 / rowCount(batch);

const clipped = { level: null, watches: ['low', 'high'], clips: true } as const;

export const lossTable = {
  grpo: {
    label: 'GRPO (mean per completion)',
    source: 'Shao et al., “DeepSeekMath”, 2024, eq. 3',
    equation: '−1/G Σ 1/T Σ min(r·A, clip(r, 1 − ε, 1 + ε high)·A)',
    meaning: 'Every completion weighs the same, so a token of a long one weighs less.',
    weight: perCompletion,
    ...clipped,
  },
  bnpo: {
    label: 'BNPO (mean over tokens)',
    source: 'TRL, GRPOConfig.loss_type “bnpo”: normalised by the batch at hand',
    equation: '−1/ΣT ΣΣ min(r·A, clip(r, 1 − ε, 1 + ε high)·A)',
    meaning:
      'Every token weighs the same; it differs from DAPO only where cut completions are left out.',
    weight: (batch) => 1 / keptTokens(batch),
    ...clipped,
  },
  dr_grpo: {
    label: 'Dr. GRPO (constant divisor)',
    source: 'Liu et al., “Understanding R1-Zero-Like Training”, 2025, section 3.2',
    equation: '−1/(G·T max) ΣΣ min(r·A, clip(r, 1 − ε, 1 + ε high)·A)',
    meaning: 'A constant divisor: no completion is favoured for being long or short.',
    weight: (batch) => 1 / (rowCount(batch) * batch.maxCompletionLength),
    ...clipped,
  },
  dapo: {
    label: 'DAPO (mean over tokens of the step)',
    source: 'Yu et al., “DAPO”, 2025, eq. 8',
    equation: '−1/ΣT ΣΣ min(r·A, clip(r, 1 − ε, 1 + ε high)·A)',
    meaning: 'Every token of the step weighs the same, so long completions weigh more.',
    weight: perToken,
    ...clipped,
  },
  cispo: {
    label: 'CISPO (clipped weights, no token dropped)',
    source: 'MiniMax, “MiniMax-M1”, 2025, eq. 4 and 5',
    equation: '−1/ΣT ΣΣ stop(min(r, ε high))·A·log π',
    meaning:
      'The ratio is a weight that is capped at ε high itself (not 1 + ε high); every token keeps its gradient.',
    weight: perToken,
    level: null,
    watches: ['high'],
    clips: false,
  },
  sapo: {
    label: 'SAPO (soft gate)',
    source:
      'Gao et al., “Soft Adaptive Policy Optimization”, 2025, arXiv 2511.20347, its objective',
    equation: '−1/G Σ 1/T Σ 4/τ·σ(τ·(r − 1))·A, with τ by the sign of A',
    meaning: 'A smooth gate in place of the clip: the farther a token moved, the less it counts.',
    weight: perCompletion,
    level: null,
    watches: [],
    clips: false,
  },
  luspo: {
    label: 'LUSPO (length-unbiased sequences)',
    source:
      'Liu et al., “Length-Unbiased Sequence Policy Optimization”, 2026, arXiv 2602.05261, its objective',
    equation: '−1/G Σ T·min(s·A, clip(s, 1 − ε, 1 + ε high)·A), s: ratio of the sequence',
    meaning: 'GSPO with each completion’s loss times its length, so that long ones do not fade.',
    weight: perSum,
    ...clipped,
    level: 'sequence',
  },
  vespo: {
    label: 'VESPO (gamma-weighted sequences)',
    source:
      'Shen et al., “VESPO”, 2026, arXiv 2602.10693, its kernel φ; constants and guards as in TRL',
    equation: '−1/ΣT ΣΣ stop(φ(w))·A·log π, φ(w) = w^k·exp(λ·(1 − w)), w: ratio of the completion',
    meaning:
      'A soft weight on whole completions that is 1 at ratio 1 and fades on both sides, without length normalisation.',
    weight: perToken,
    level: 'token',
    watches: ['phi'],
    clips: false,
  },
  rloo: {
    label: 'RLOO (whole completions)',
    source:
      'Ahmadian et al., “Back to Basics”, 2024, arXiv 2402.14740; clip as in TRL’s RLOOTrainer',
    equation: '−1/G Σ min(w·A, clip(w, 1 − ε, 1 + ε high)·A), w: ratio of the completion',
    meaning: 'A completion is one action: its tokens’ log-probabilities are summed.',
    weight: perCompletion,
    ...clipped,
    level: 'completion',
  },
  reinforce: {
    label: 'REINFORCE',
    source: 'Williams, “Simple statistical gradient-following algorithms”, 1992, the episodic form',
    equation: '−1/G ΣΣ A·log π',
    meaning: 'The plain policy gradient: no ratio, no clip; right for one update per batch only.',
    weight: perSum,
    level: 'token',
    watches: [],
    clips: false,
  },
} as const satisfies Record<string, LossEntry>;

export type LossType = keyof typeof lossTable;

export const lossTypes = Object.keys(lossTable) as readonly LossType[];

/** The table's rows under one type. */
export const lossEntry = (name: LossType): LossEntry => lossTable[name];
