/**
 * What a step samples and what it scores: `numGenerations` completions for each of the step's
 * prompts, prompt-major, with one score per reward function. Shared by the methods that sample.
 * Also the control that deals a step's scores out at random, and dynamic sampling (Yu et al.,
 * "DAPO", 2025, eq. 11), which differs from the paper in that a further batch holds only as many
 * groups as are missing, and that groups without spread fill the step up when the budget is spent.
 */
import { drawStream } from '../../models/philox.ts';
import { rollout, type RolloutRow } from '../../models/rollout.ts';
import type { Example } from '../tasks/task.ts';
import { computeAdvantages, groupsWithSpread, type Advantages } from './advantage.ts';
import { encodePrompt, nextExamples } from './dataset.ts';
import type { Learner } from './learner.ts';
import { sequenceKl } from './sequenceKl.ts';
import { readCompletion, type ReadCompletion } from './reward.ts';
import { weightsOf } from './rewardSpec.ts';
import type { RewardTrouble, ScoreTable } from './rewardScorer.ts';
import { shuffled } from './shuffled.ts';
import type { StepRow } from './stepRow.ts';

/** A completion with its scores. */
interface Scored {
  promptIndex: number;
  example: Example;
  rollout: RolloutRow;
  completion: ReadCompletion;
  scores: (number | null)[];
}

/** One call of the sampler: whole groups, and what reward code said of them. */
interface Batch extends Pick<ScoreTable, 'trouble' | 'errorRatio'> {
  groups: Scored[][];
}

export interface ScoredGroups {
  rows: StepRow[];
  /** Rewards and advantages of the rows, with what the metrics need of them. */
  advantages: Advantages;
  trouble: readonly RewardTrouble[];
  errorRatio: number;
  /** Prompts and tokens that sampling used up, those of groups that were redrawn included. */
  prompts: number;
  tokens: number;
  /** Calls of the sampler: more than 1 only with dynamic sampling. */
  batches: number;
  /** Mean KL per token from the reference, where it is part of the reward; else null. */
  kl: number | null;
}

/** Groups of the prompts from `cursor` on; `place` keeps the draws of a step's batches apart. */
async function sampleBatch(
  learner: Learner,
  cursor: number,
  prompts: number,
  place: number,
): Promise<Batch> {
  const { config, task, tokenizer, scorer } = learner;
  const { numGenerations: size } = config;
  const wanted = nextExamples(learner.train, cursor, prompts).flatMap((one) =>
    Array.from({ length: size }, () => one),
  );
  const sampled = await rollout(learner.policy, {
    promptIds: wanted.map(({ example }) => encodePrompt(tokenizer, example.prompt)),
    maxNewTokens: config.maxCompletionLength,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    warping: config,
    draw: {
      seed: config.seed,
      purpose: 'sample',
      step: learner.step,
      firstRow: place * config.generationBatchSize,
    },
  });
  const read = wanted.map(({ index, example }, i) => {
    const row = sampled[i];
    if (!row) throw new Error('internal: the rollout lost a row');
    const completion = readCompletion(task, example, row, tokenizer);
    return { promptIndex: index, example, rollout: row, completion };
  });
  const { scores, trouble, errorRatio } = await scorer.score(read, learner.step + 1);
  const rows = read.map((one, i): Scored => ({ ...one, scores: scores[i]! }));
  const groups = Array.from({ length: prompts }, (_, g) => rows.slice(g * size, (g + 1) * size));
  return { groups, trouble, errorRatio };
}

const withSpread = (learner: Learner, groups: readonly Scored[][]): boolean[] =>
  groupsWithSpread(
    groups.flatMap((group) => group.map(({ scores }) => scores)),
    {
      rewardWeights: weightsOf(learner.task, learner.config),
      numGenerations: learner.config.numGenerations,
    },
  );

/**
 * The step's groups in the order of their prompts. With dynamic sampling a group without spread is
 * replaced by one of the next prompt that has any, as long as the budget of batches lasts.
 */
async function sample(learner: Learner): Promise<{ drawn: Batch[]; groups: Scored[][] }> {
  const { config, promptCursor } = learner;
  const wanted = config.generationBatchSize / config.numGenerations;
  const first = await sampleBatch(learner, promptCursor, wanted, 0);
  const drawn = [first];
  if (config.method !== 'rft') return { drawn, groups: first.groups };
  const teaching: Scored[][] = [];
  const idle: Scored[][] = [];
  for (let used = wanted, batch = first; ;) {
    const spread = withSpread(learner, batch.groups);
    batch.groups.forEach((group, g) => (spread[g] ? teaching : idle).push(group));
    const missing = wanted - teaching.length;
    if (missing <= 0 || drawn.length >= config.maxNumGenBatches) break;
    batch = await sampleBatch(learner, promptCursor + used, missing, drawn.length);
    drawn.push(batch);
    used += missing;
  }
  // Without further batches the order of the prompts stays as it was sampled.
  const groups = drawn.length === 1 ? first.groups : [...teaching, ...idle].slice(0, wanted);
  return { drawn, groups };
}

/** The scores to train on: the completions' own, or dealt out at random for the control run. */
function scoresOf({ config, step }: Learner, rows: readonly Scored[]): (number | null)[][] {
  const own = rows.map(({ scores }) => scores);
  return config.shuffleRewards
    ? shuffled(own, drawStream(config.seed, 'shuffleRewards', step))
    : own;
}

/** Samples the step's groups from the policy as it is now, and scores them. */
export async function sampleGroups(learner: Learner): Promise<ScoredGroups> {
  const { config, task } = learner;
  const { drawn, groups } = await sample(learner);
  const sampled = groups.flat();
  const scores = scoresOf(learner, sampled);
  const rft = config.method === 'rft';
  const kl =
    rft && config.beta > 0 && config.klInReward
      ? await sequenceKl(
          learner,
          sampled.map(({ rollout: row }) => row),
        )
      : null;
  const advantages = computeAdvantages(scores, {
    numGenerations: config.numGenerations,
    rewardWeights: weightsOf(task, config),
    scaleRewards: config.scaleRewards,
    advantageBaseline: rft ? config.advantageBaseline : 'group',
    // The best of a group is the one with the highest plain total, which is RFT's default too.
    multiObjectiveAggregation: rft ? config.multiObjectiveAggregation : 'sum_then_normalize',
    ...(kl ? { penalties: kl.rows.map((value) => config.beta * value) } : {}),
  });
  const rows = sampled.map((one, i): StepRow => ({
    ...one,
    scores: scores[i]!,
    reward: advantages.rewards[i] ?? null,
    advantage: advantages.advantages[i] ?? 0,
  }));
  const all = drawn.flatMap((batch) => batch.groups.flat().map(({ rollout: row }) => row));
  return {
    rows,
    advantages,
    trouble: drawn.flatMap(({ trouble }) => trouble),
    errorRatio: Math.max(...drawn.map(({ errorRatio }) => errorRatio)),
    prompts: drawn.reduce((sum, batch) => sum + batch.groups.length, 0),
    tokens: tokensOf(all),
    batches: drawn.length,
    kl: kl?.mean ?? null,
  };
}

/** Prompt and completion tokens of rows. */
export function tokensOf(
  rows: readonly { promptIds: readonly number[]; completionIds: readonly number[] }[],
): number {
  return rows.reduce((sum, row) => sum + row.promptIds.length + row.completionIds.length, 0);
}

/** Counts the step: its prompts are used up, its tokens seen. */
export function countStep(learner: Learner, prompts: number, tokens: number): void {
  learner.step += 1;
  learner.promptCursor = (learner.promptCursor + prompts) % learner.train.length;
  learner.numTokens += tokens;
}
