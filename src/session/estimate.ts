/**
 * Time and tokens that a run will take, from what was measured on this device: by the trainer's
 * short measurement, or on the way of a run that has ended. Figures are about right, not bounds:
 * completions grow and shrink as a policy learns. Pure functions.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { RunConfig } from '../rft/configTable.ts';
import { isCodeReward } from '../rft/rewardSpec.ts';
import { longestTexts } from './memoryForecast.ts';
import { evaluationsLeft } from './pace.ts';
import type { Measured, StepMetrics } from './protocol.ts';

/** Settings that decide what a completion costs; others only decide how many there are. */
const SHAPING = [
  ...(['task', 'level', 'policy', 'method', 'sftTarget', 'maxCompletionLength'] as const),
  ...(['numIterations', 'maxNumGenBatches', 'numEvalGenerations', 'rowsHash', 'device'] as const),
] as const satisfies readonly (keyof RunConfig)[];

/** Code is as slow as it is: another text may take another time. */
const shortHash = (source: string): string => bytesToHex(sha256(utf8ToBytes(source)).slice(0, 8));

/** Equal for recipes of which one's measurement tells of the other. */
export function costKey(config: RunConfig): string {
  const shape: unknown[] = SHAPING.map((name) => config[name]);
  const code = config.rewards.filter(isCodeReward).map(({ source }) => shortHash(source));
  return JSON.stringify([...shape, config.rows.length, config.beta > 0, ...code]);
}

export interface Estimate {
  /** Of the whole run, evaluations included. */
  seconds: number;
  /** Prompt and completion tokens of training. */
  tokens: number;
}

/** Training tokens that this recipe can come to: every completion as long as it may be. */
export function tokensAtMost(config: RunConfig): number {
  const { prompt, imitated } = longestTexts(config);
  const longest = config.method === 'sft' ? imitated : prompt + config.maxCompletionLength;
  const batches = config.method === 'rft' ? config.maxNumGenBatches : 1;
  return config.maxSteps * config.generationBatchSize * batches * longest;
}

/** What a run with this recipe will take; `measured` of one with the same `costKey`. */
export function estimateOf(config: RunConfig, measured: Measured): Estimate {
  const { maxSteps, generationBatchSize, numEvalPrompts } = config;
  const steps = (maxSteps * generationBatchSize) / measured.completions;
  const evaluations =
    ((1 + evaluationsLeft(0, config)) * numEvalPrompts) / Math.max(1, measured.evalPrompts);
  return {
    seconds: steps * measured.stepSeconds + evaluations * measured.evalSeconds,
    tokens: steps * measured.stepTokens,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a run's own rows say; null before its second step and its first evaluation. */
export function measuredBy(rows: readonly StepMetrics[], config: RunConfig): Measured | null {
  const evalTime = rows.findLast(({ values }) => 'eval_time' in values)?.values['eval_time'];
  const timed = rows.filter(({ values }) => 'step_time' in values).slice(1); // the first compiles
  const last = timed.at(-1);
  if (evalTime === undefined || last === undefined) return null;
  return {
    stepSeconds: mean(timed.map(({ values }) => values['step_time']!)),
    stepTokens: (last.values['num_tokens'] ?? 0) / last.step,
    completions: config.generationBatchSize,
    evalSeconds: evalTime,
    evalPrompts: config.numEvalPrompts,
  };
}
