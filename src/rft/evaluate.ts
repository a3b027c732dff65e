/**
 * Held-out evaluation: greedy accuracy, and pass@1 and pass@k from k samples per prompt at the
 * policy's own distribution (temperature 1, no truncation), whatever training samples with.
 */
import { noWarping } from '../../models/warpers.ts';
import { rollout, type RolloutRequest } from '../../models/rollout.ts';
import type { Example } from '../tasks/task.ts';
import { weightedTotal } from './advantage.ts';
import { encodePrompt } from './dataset.ts';
import type { Learner } from './learner.ts';
import { mean } from './metrics.ts';
import { readCompletion } from './reward.ts';
import { isCodeReward, weightsOf } from './rewardSpec.ts';
import type { ScoredRow } from './rewardScorer.ts';
import { evalChunkRows } from './runSizes.ts';

async function answer(
  learner: Learner,
  examples: readonly Example[],
  draw: RolloutRequest['draw'],
): Promise<ScoredRow[]> {
  const { config, task, tokenizer } = learner;
  const answers: ScoredRow[] = [];
  for (let first = 0; first < examples.length; first += evalChunkRows) {
    const chunk = examples.slice(first, first + evalChunkRows);
    const rows = await rollout(learner.policy, {
      promptIds: chunk.map((example) => encodePrompt(tokenizer, example.prompt)),
      maxNewTokens: config.maxCompletionLength,
      eosId: tokenizer.eosId,
      padId: tokenizer.padId,
      warping: noWarping,
      draw: draw === 'greedy' ? draw : { ...draw, firstRow: first },
    });
    rows.forEach((row, i) => {
      const example = chunk[i] as Example;
      answers.push({ example, completion: readCompletion(task, example, row, tokenizer) });
    });
  }
  return answers;
}

const correctShare = (answers: readonly ScoredRow[]): number =>
  mean(answers.map(({ completion }) => Number(completion.correct)));

/** Mean weighted total of the completions that have one, and the share that code failed on. */
async function rewardOf(
  learner: Learner,
  answers: readonly ScoredRow[],
): Promise<Record<string, number>> {
  const weights = weightsOf(learner.task, learner.config);
  const { scores, errorRatio } = await learner.scorer.score(answers, learner.step);
  const totals = scores.map((row) => weightedTotal(row, weights)).filter((one) => one !== null);
  return {
    ...(totals.length > 0 ? { eval_reward: mean(totals) } : {}),
    ...(learner.config.rewards.some(isCodeReward) ? { eval_reward_error_ratio: errorRatio } : {}),
  };
}

/** `eval_*` metrics at the learner's present step. */
export async function evaluate(learner: Learner): Promise<Record<string, number>> {
  const { config, heldOut } = learner;
  const k = config.numEvalGenerations;
  const greedy = await answer(learner, heldOut, 'greedy');
  const repeated = heldOut.flatMap((example) => Array.from({ length: k }, () => example));
  const sampled = await answer(learner, repeated, {
    seed: config.seed,
    purpose: 'evalSample',
    step: learner.step,
  });
  const solved = heldOut.map((_, i) =>
    sampled.slice(i * k, (i + 1) * k).some(({ completion }) => completion.correct) ? 1 : 0,
  );
  return {
    eval_greedy: correctShare(greedy),
    'eval_pass@1': correctShare(sampled),
    [`eval_pass@${String(k)}`]: mean(solved),
    ...(await rewardOf(learner, sampled)),
    'eval_completions/mean_length': mean(sampled.map(({ completion }) => completion.length)),
  };
}
