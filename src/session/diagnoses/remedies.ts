/**
 * What usually helps, rewards apart (rewardRemedies.ts), as settings: each a function of the
 * settings in force that returns only what the config table and the cross checks allow, or null
 * where a setting is at its end. The words on the button name both values. Nothing is applied here
 * (see applied.ts).
 */
import { configTable, type RunConfig } from '../../rft/configTable.ts';
import { taskRecipe } from '../../rft/taskRecipes.ts';
import { taskOf } from '../../tasks/index.ts';
import type { Suggestion } from './diagnosis.ts';

export type Suggest = (config: RunConfig) => Suggestion | null;

/** The first suggestion that there is. */
export const firstOf =
  (...suggestions: readonly Suggest[]): Suggest =>
  (config) => {
    for (const suggest of suggestions) {
      const suggestion = suggest(config);
      if (suggestion !== null) return suggestion;
    }
    return null;
  };

/** The same, from the base policy: what was lost does not come back. */
export const anew =
  (suggest: Suggest): Suggest =>
  (config) => {
    const suggestion = suggest(config);
    return suggestion && { ...suggestion, fresh: true };
  };

/** `3e-4` rather than 0.00030000000000000003. */
const short = (value: number): string => {
  const rounded = Number(value.toPrecision(3));
  return rounded !== 0 && rounded < 1e-3 ? rounded.toExponential() : String(rounded);
};

const rounded = (value: number): number => Number(value.toPrecision(3));

/** Twice the completions per prompt, for as many prompts a step as before. */
export const moreCompletions: Suggest = ({ numGenerations: size, generationBatchSize: batch }) => {
  const more = 2 * size;
  if (more > configTable.numGenerations.max) return null;
  const prompts = Math.min(batch / size, Math.floor(configTable.generationBatchSize.max / more));
  return {
    label: `sample ${more} per prompt instead of ${size}`,
    changes: { numGenerations: more, generationBatchSize: Math.floor(prompts) * more },
  };
};

export const easierLevel: Suggest = ({ task, level }) => {
  if (task === 'own' || level <= configTable.level.min) return null;
  const { label } = taskOf({ task, rows: [], seed: 0 }).levels[(level - 2) as 0 | 1];
  return { label: `try the ${label} level first`, changes: { level: level - 1 } };
};

export const longerCompletions: Suggest = ({ maxCompletionLength: longest }) => {
  const longer = Math.min(2 * longest, configTable.maxCompletionLength.max);
  if (longer === longest) return null;
  return {
    label: `allow ${longer} tokens instead of ${longest}`,
    changes: { maxCompletionLength: longer },
  };
};

/** As many times more prompts as usually end memorising. */
const MORE_PROMPTS = 8;

export const morePrompts: Suggest = ({ task, rows, numPrompts }) => {
  const most = task === 'own' ? rows.length : configTable.numPrompts.max;
  const more = Math.min(MORE_PROMPTS * numPrompts, most);
  if (more <= numPrompts) return null;
  return {
    label: `train on ${more} prompts instead of ${numPrompts}`,
    changes: { numPrompts: more },
  };
};

/** Texts with the working in them, where the task has such. */
export const workedTexts: Suggest = (config) =>
  config.sftTarget === 'answer' && taskOf(config).hasChains
    ? { label: 'imitate texts with the working in them', changes: { sftTarget: 'chain' } }
    : null;

export const byRewards: Suggest = () => ({
  label: 'learn from rewards instead of texts',
  changes: { method: 'rft' },
});

/** What the task's own recipe is measured with. */
const ownRate = ({ task }: RunConfig): number => taskRecipe(task).learningRate;
const RATE_STEP = 3;

const rate = ({ learningRate: now }: RunConfig, next: number): Suggestion => ({
  label: `learning rate ${short(next)} instead of ${short(now)}`,
  changes: { learningRate: rounded(next) },
});

/** Down to the task's own rate; a third where it is not above that. */
export const slower: Suggest = (config) => {
  const now = config.learningRate;
  if (now <= 0) return null;
  const own = ownRate(config);
  return rate(config, now > own ? own : now / RATE_STEP);
};

/** Up to the task's own rate; three times as much where it is not below that. */
export const faster: Suggest = (config) => {
  const now = config.learningRate;
  const own = ownRate(config);
  const next = now < own ? own : Math.min(RATE_STEP * now, configTable.learningRate.max);
  return next > now ? rate(config, next) : null;
};

/** A pull that is felt without holding everything back (the reversal task's own is 0.1). */
const FELT_BETA = 0.05;
const BETA_STEP = 3;

/** k1 as a loss has no gradient and normalised rewards exclude a KL among them; see crossChecks. */
const allowsBeta = ({ klEstimator, klInReward, useBiasCorrectionKl, ...config }: RunConfig) =>
  klInReward
    ? !useBiasCorrectionKl && config.multiObjectiveAggregation === 'sum_then_normalize'
    : klEstimator !== 'k1';

/** A stronger pull to the base policy. */
export const strongerPull: Suggest = (config) => {
  const { beta } = config;
  const next = Math.min(Math.max(FELT_BETA, BETA_STEP * beta), configTable.beta.max);
  if (next <= beta || config.method !== 'rft' || !allowsBeta(config)) return null;
  return {
    label: `KL coefficient ${short(next)} instead of ${short(beta)}`,
    changes: { beta: rounded(next) },
  };
};

const FELT_BONUS = 0.01;

/** A bonus for staying undecided; one that is a penalty is taken away. */
export const entropyBonus: Suggest = ({ entropyCoef: now }) => {
  const next = Math.min(Math.max(FELT_BONUS, 3 * now), configTable.entropyCoef.max);
  if (next <= now) return null;
  return {
    label: `entropy bonus ${short(next)} instead of ${short(now)}`,
    changes: { entropyCoef: rounded(next) },
  };
};

export const noEntropyBonus: Suggest = ({ entropyCoef, temperature }) => {
  if (entropyCoef <= 0) return null;
  const warm = temperature > 1;
  return {
    label: `no entropy bonus${warm ? ', temperature 1' : ''}`,
    changes: { entropyCoef: 0, ...(warm ? { temperature: 1 } : {}) },
  };
};

export const plainTemperature =
  (isOff: (temperature: number) => boolean): Suggest =>
  ({ temperature }) =>
    isOff(temperature)
      ? {
          label: `sample at temperature 1 instead of ${short(temperature)}`,
          changes: { temperature: 1 },
        }
      : null;
