/**
 * A dry run: before any training, what a recipe's rewards say of the base policy's own samples, of
 * the gold answers, and of texts that the user tries. Nothing is updated and nothing is stored.
 */
import { rollout } from '../models/rollout.ts';
import type { RewardRunner } from '../src/graders/codeReward.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { encodePrompt } from '../src/rft/dataset.ts';
import { createLearner, disposeLearner, type Learner } from '../src/rft/learner.ts';
import { readCompletion, rewardWeights } from '../src/rft/reward.ts';
import type { ScoredRow } from '../src/rft/rewardScorer.ts';
import type { DryRow, DryRun, OwnTry } from '../src/session/protocol.ts';
import { taskOf } from '../src/tasks/index.ts';
import { rewardReport } from './rewardReport.ts';
import type { BasePolicy } from './runLoop.ts';

/** Prompts that are sampled, and the fewest samples of each: enough to forecast other sizes. */
const PROMPTS = 16;
const SAMPLES = 16;
/** Gold answers that are scored. */
const GOLDS = 64;

async function samples(learner: Learner): Promise<ScoredRow[]> {
  const { config, task, tokenizer, train } = learner;
  const size = Math.max(SAMPLES, config.numGenerations);
  const wanted = train
    .slice(0, PROMPTS)
    .flatMap((example) => Array.from({ length: size }, () => example));
  const drawn = await rollout(learner.policy, {
    promptIds: wanted.map(({ prompt }) => encodePrompt(tokenizer, prompt)),
    maxNewTokens: config.maxCompletionLength,
    eosId: tokenizer.eosId,
    padId: tokenizer.padId,
    warping: config,
    draw: { seed: config.seed, purpose: 'dryRun', step: 0 },
  });
  return drawn.map((row, i) => ({
    example: wanted[i]!,
    completion: readCompletion(task, wanted[i]!, row, tokenizer),
  }));
}

/** A text as if the policy had written it, and ended it. */
function written({ task, tokenizer, train }: Learner, prompt: number, text: string): ScoredRow[] {
  const example = train[prompt];
  if (!example) return [];
  const correct = task.isCorrect({ example, completion: text, ended: true });
  const length = tokenizer.encode(text).length + 1;
  return [{ example, completion: { text, ended: true, correct, length } }];
}

const totalOf = (scores: readonly (number | null)[], weights: readonly number[]): number | null =>
  scores.every((score) => score === null)
    ? null
    : scores.reduce<number>((sum, score, i) => sum + (score ?? 0) * (weights[i] ?? 0), 0);

async function scoreAll(learner: Learner, own: readonly OwnTry[]): Promise<DryRun> {
  const { config, scorer, task, train } = learner;
  const sources = [
    ['base', await samples(learner)],
    ['gold', train.slice(0, GOLDS).flatMap(({ gold }, i) => written(learner, i, gold))],
    ['own', own.flatMap(({ prompt, completion }) => written(learner, prompt, completion))],
  ] as const;
  const all = sources.flatMap(([source, rows]) => rows.map((row) => ({ source, row })));
  const { scores, trouble } = await scorer.score(
    all.map(({ row }) => row),
    0,
  );
  const weights = rewardWeights(task, config);
  const rows = all.map(({ source, row: { example, completion } }, i): DryRow => ({
    source,
    prompt: example.prompt,
    completion: completion.text,
    scores: scores[i]!,
    total: totalOf(scores[i]!, weights),
    correct: completion.correct,
  }));
  const totals = rows.filter(({ source }) => source === 'base').map(({ total }) => total);
  const size = Math.max(SAMPLES, config.numGenerations);
  const groups = Array.from({ length: totals.length / size }, (_, g) =>
    totals.slice(g * size, (g + 1) * size),
  );
  const texts = rows.map(({ completion }) => completion);
  return { rewardNames: [...scorer.names], rows, groups, ...rewardReport(trouble, texts) };
}

export async function dryRun(
  base: BasePolicy,
  config: RunConfig,
  own: readonly OwnTry[],
  runner: RewardRunner | null,
): Promise<DryRun> {
  const learner = createLearner(config, taskOf(config), base.folder, runner);
  try {
    return await scoreAll(learner, own);
  } finally {
    disposeLearner(learner);
  }
}
