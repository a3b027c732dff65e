/**
 * Methods of the literature by name: the settings that make each of them, with the reason for every
 * one. A preset first puts all of `presetFields` back to the table's defaults, so that choosing one
 * after another leaves nothing behind. Steps, learning rate and sizes stay the task's own: the
 * papers' are for models a thousand times as large.
 */
import { configTable, type ConfigField, type RunConfig } from './configTable.ts';

/** The settings that tell methods apart. */
export const presetFields = [
  'method',
  'lossType',
  'importanceSamplingLevel',
  'advantageBaseline',
  'scaleRewards',
  'multiObjectiveAggregation',
  'beta',
  'klEstimator',
  'klInReward',
  'useBiasCorrectionKl',
  'syncRefModel',
  'epsilon',
  'epsilonHigh',
  'delta',
  'entropyCoef',
  'topEntropyQuantile',
  'offPolicyMaskThreshold',
  'maskTruncatedCompletions',
  'maxNumGenBatches',
  'numIterations',
] as const satisfies readonly ConfigField[];

type PresetField = (typeof presetFields)[number];

export interface PresetChange<K extends PresetField = PresetField> {
  field: K;
  value: RunConfig[K];
  why: string;
}

export interface Preset {
  id: string;
  label: string;
  source: string;
  /** One line: what makes it different. */
  meaning: string;
  changes: readonly PresetChange[];
}

const set = <K extends PresetField>(field: K, value: RunConfig[K], why: string): PresetChange => ({
  field,
  value,
  why,
});

export const presets: readonly Preset[] = [
  {
    id: 'grpo',
    label: 'GRPO as in DeepSeekMath',
    source: 'Shao et al., 2024, arXiv 2402.03300',
    meaning: 'Rewards compared within the group, a mean per completion, a light pull to the base.',
    changes: [
      set('lossType', 'grpo', 'each completion counts once, whatever its length'),
      set('beta', 0.04, 'the paper’s KL coefficient; the KL is part of the loss, estimated by k3'),
    ],
  },
  {
    id: 'dr_grpo',
    label: 'Dr. GRPO',
    source: 'Liu et al., 2025, arXiv 2503.20783',
    meaning: 'GRPO without its two biases: towards length, and towards prompts of little spread.',
    changes: [
      set('lossType', 'dr_grpo', 'a constant divisor instead of the completion’s length'),
      set(
        'scaleRewards',
        'none',
        'no division by the spread, which favours very easy and very hard prompts',
      ),
    ],
  },
  {
    id: 'dapo',
    label: 'DAPO',
    source: 'Yu et al., 2025, arXiv 2503.14476',
    meaning: 'Token-level GRPO that keeps exploring and spends its samples where there is spread.',
    changes: [
      set('lossType', 'dapo', 'every token counts the same'),
      set(
        'epsilonHigh',
        0.28,
        'clip-higher: unlikely tokens may gain more than likely ones may lose',
      ),
      set(
        'maxNumGenBatches',
        4,
        'dynamic sampling: groups without spread are replaced (here for at most 4 batches)',
      ),
      set(
        'maskTruncatedCompletions',
        true,
        'overlong filtering: a cut completion is neither right nor wrong',
      ),
      set(
        'numIterations',
        2,
        'more than one update per batch, or there is nothing to clip (the paper makes 16)',
      ),
    ],
  },
  {
    id: 'gspo',
    label: 'GSPO',
    source: 'Zheng et al., 2025, arXiv 2507.18071',
    meaning: 'The ratio, and so the clip, belongs to the whole completion.',
    changes: [
      set('lossType', 'grpo', 'a mean per completion'),
      set('importanceSamplingLevel', 'sequence', 'the geometric mean of the tokens’ ratios'),
      set(
        'epsilon',
        0.03,
        'a mean moves far less than a single token; 100 times the paper’s 3e-4, for a network this small moves further per update',
      ),
      set('epsilonHigh', 0.04, 'likewise 100 times the paper’s'),
      set(
        'numIterations',
        4,
        'the paper learns from each batch in four parts; here it is four updates',
      ),
    ],
  },
  {
    id: 'rloo',
    label: 'RLOO',
    source: 'Ahmadian et al., 2024, arXiv 2402.14740; settings of TRL’s RLOOTrainer',
    meaning: 'Each completion is compared with the others of its group and is one action.',
    changes: [
      set('lossType', 'rloo', 'log-probabilities are summed over the completion'),
      set(
        'advantageBaseline',
        'leave_one_out',
        'an unbiased baseline: a completion is no part of its own',
      ),
      set('scaleRewards', 'none', 'advantages keep the rewards’ unit'),
      set('beta', 0.05, 'TRL’s KL coefficient'),
      set('klInReward', true, 'the KL is a cost of the completion, part of its reward'),
      set('klEstimator', 'k1', 'unbiased, which is what counts in a reward'),
    ],
  },
  {
    id: 'reinforce',
    label: 'REINFORCE with baseline',
    source: 'Williams, 1992',
    meaning: 'The plain policy gradient, rewards compared with the step’s mean.',
    changes: [
      set('lossType', 'reinforce', 'no ratio and no clip'),
      set('advantageBaseline', 'batch', 'the mean of all rewards of the step'),
      set('scaleRewards', 'none', 'advantages keep the rewards’ unit'),
    ],
  },
  {
    id: 'reinforce_plain',
    label: 'REINFORCE without baseline',
    source: 'Williams, 1992',
    meaning: 'Every rewarded completion is pushed up, none down: correct, and very noisy.',
    changes: [
      set('lossType', 'reinforce', 'no ratio and no clip'),
      set('advantageBaseline', 'none', 'the reward itself is the advantage'),
      set('scaleRewards', 'none', 'nothing to scale by'),
    ],
  },
];

type PresetValues = Pick<RunConfig, PresetField>;

/** All settings that a preset decides. */
export function presetValues({ changes }: Preset): PresetValues {
  const defaults = presetFields.map((field) => [field, configTable[field].default]);
  const own = changes.map(({ field, value }) => [field, value]);
  return Object.fromEntries([...defaults, ...own]) as PresetValues;
}

/** Whether a recipe is the table's own in every setting that tells methods apart. */
export const isDefaultMethod = (config: Readonly<Record<PresetField, unknown>>): boolean =>
  presetFields.every((field) => config[field] === configTable[field].default);

/** The preset that a recipe follows in every setting; null: a mixture of its own. */
export function presetOf(config: Readonly<Record<PresetField, unknown>>): Preset | null {
  const follows = (preset: Preset): boolean => {
    const values = presetValues(preset);
    return presetFields.every((field) => values[field] === config[field]);
  };
  return presets.find(follows) ?? null;
}
