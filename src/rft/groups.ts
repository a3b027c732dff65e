/**
 * What a step samples and what it scores: `numGenerations` completions for each of the step's
 * prompts, prompt-major, with one score per reward function. Shared by the methods that sample.
 * Also the control that deals a step's scores out at random.
 */
import { drawStream } from '../../models/philox.ts';
import { rollout, type RolloutRow } from '../../models/rollout.ts';
import type { Example } from '../tasks/task.ts';
import { computeAdvantages, type Advantages } from './advantage.ts';
import { encodePrompt, nextExamples } from './dataset.ts';
import type { Learner } from './learner.ts';
import { rewardWeights, scoreCompletion, type ScoredCompletion } from './reward.ts';
import type { StepRow } from './stepRow.ts';
import { shuffled } from './shuffled.ts';

interface Sampled {
  promptIndex: number;
  example: Example;
  rollout: RolloutRow;
}

export interface ScoredGroups {
  rows: StepRow[];
  /** Rewards and advantages of the rows, with what the metrics need of them. */
  advantages: Advantages;
}

async function sample(learner: Learner): Promise<Sampled[]> {
  const { config, tokenizer } = learner;
  const prompts = config.generationBatchSize / config.numGenerations;
  const rows = nextExamples(learner.train, learner.promptCursor, prompts).flatMap((one) =>
    Array.from({ length: config.numGenerations }, () => one),
  );
  const sampled = await rollout(learner.policy, {
    promptIds: rows.map(({ example }) => encodePrompt(tokenizer, example.prompt)),
    maxNewTokens: config.maxCompletionLength,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    warping: config,
    draw: { seed: config.seed, purpose: 'sample', step: learner.step },
  });
  return rows.map(({ index, example }, i) => {
    const row = sampled[i];
    if (!row) throw new Error('internal: the rollout lost a row');
    return { promptIndex: index, example, rollout: row };
  });
}

/** The scores to train on: the completions' own, or dealt out at random for the control run. */
function scoresOf(learner: Learner, scored: readonly ScoredCompletion[]): (number | null)[][] {
  const { config, step } = learner;
  const own = scored.map(({ scores }) => scores);
  return config.shuffleRewards
    ? shuffled(own, drawStream(config.seed, 'shuffleRewards', step))
    : own;
}

/** Samples the step's groups from the policy as it is now, and scores them. */
export async function sampleGroups(learner: Learner): Promise<ScoredGroups> {
  const { config, task, tokenizer } = learner;
  const sampled = await sample(learner);
  const scored = sampled.map(({ example, rollout: row }) =>
    scoreCompletion(task, example, row, tokenizer),
  );
  const scores = scoresOf(learner, scored);
  const advantages = computeAdvantages(scores, {
    numGenerations: config.numGenerations,
    rewardWeights: rewardWeights(task, config.rewardWeights),
    scaleRewards: config.scaleRewards,
    // The best of a group is the one with the highest plain total, which is RFT's default too.
    multiObjectiveAggregation:
      config.method === 'rft' ? config.multiObjectiveAggregation : 'sum_then_normalize',
  });
  const rows = sampled.map((one, i): StepRow => ({
    ...one,
    scored: scored[i]!,
    scores: scores[i]!,
    reward: advantages.rewards[i] ?? null,
    advantage: advantages.advantages[i] ?? 0,
  }));
  return { rows, advantages };
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
