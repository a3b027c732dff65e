/**
 * A dry run: before any training, what a recipe's rewards say of the base policy's own samples, of
 * the gold answers, and of texts that the user tries. Nothing is updated and nothing is stored.
 */
import { rollout } from '../models/rollout.ts';
import type { RewardRunner } from '../src/graders/codeReward.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { encodePrompt } from '../src/rft/dataset.ts';
import { weightedTotal } from '../src/rft/advantage.ts';
import { disposeLearner, type Learner } from '../src/rft/learner.ts';
import { evalChunkRows } from '../src/rft/runSizes.ts';
import { CodedError } from '../models/errors.ts';
import type { Example } from '../src/tasks/task.ts';
import { readCompletion } from '../src/rft/reward.ts';
import { weightsOf } from '../src/rft/rewardSpec.ts';
import type { ScoredRow } from '../src/rft/rewardScorer.ts';
import type { DryRow, DryRun, OwnTry } from '../src/session/protocol.ts';
import { rewardReport } from './rewardReport.ts';
import { buildLearner, type BasePolicy } from './activeRun.ts';

/** Prompts that are sampled, and the fewest samples of each: enough to forecast other sizes. */
const PROMPTS = 16;
const SAMPLES = 16;
/** Gold answers that are scored. */
const GOLDS = 64;

async function samples(learner: Learner, size: number): Promise<ScoredRow[]> {
  const { config, task, tokenizer, train } = learner;
  const wanted = train
    .slice(0, PROMPTS)
    .flatMap((example) => Array.from({ length: size }, () => example));
  const rows: ScoredRow[] = [];
  for (let first = 0; first < wanted.length; first += evalChunkRows) {
    const chunk = wanted.slice(first, first + evalChunkRows);
    const drawn = await rollout(learner.policy, {
      promptIds: chunk.map(({ prompt }) => encodePrompt(tokenizer, prompt)),
      maxNewTokens: config.maxCompletionLength,
      eosId: tokenizer.eosId,
      padId: tokenizer.padId,
      warping: config,
      draw: { seed: config.seed, purpose: 'dryRun', step: 0, firstRow: first },
    });
    drawn.forEach((row, i) => {
      const example = chunk[i]!;
      rows.push({ example, completion: readCompletion(task, example, row, tokenizer) });
    });
  }
  return rows;
}

/** A text as if the policy had written it, and ended it. */
function written({ task, tokenizer }: Learner, example: Example, text: string): ScoredRow {
  const correct = task.isCorrect({ example, completion: text, ended: true });
  const length = tokenizer.encode(text).length + 1;
  return { example, completion: { text, ended: true, correct, length } };
}

/** What the user tried: a row, or why the policy could never write it. */
function tried(learner: Learner, { prompt, completion }: OwnTry): (ScoredRow | DryRow)[] {
  const example = learner.train[prompt];
  if (!example) return [];
  try {
    return [written(learner, example, completion)];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const scores = learner.scorer.names.map(() => null);
    const row = { source: 'own', prompt: example.prompt, completion, scores, total: null } as const;
    return [{ ...row, correct: false, problem: error.message }];
  }
}

const isUnread = (row: ScoredRow | DryRow): row is DryRow => 'source' in row;

async function scoreAll(learner: Learner, own: readonly OwnTry[]): Promise<DryRun> {
  const { config, scorer, task, train } = learner;
  const size = Math.max(SAMPLES, config.numGenerations);
  const attempts = own.flatMap((one) => tried(learner, one));
  const sources = [
    ['base', await samples(learner, size)],
    ['gold', train.slice(0, GOLDS).map((example) => written(learner, example, example.gold))],
    ['own', attempts.filter((row): row is ScoredRow => !isUnread(row))],
  ] as const;
  const all = sources.flatMap(([source, rows]) => rows.map((row) => ({ source, row })));
  const { scores, trouble } = await scorer.score(
    all.map(({ row }) => row),
    0,
  );
  const weights = weightsOf(task, config);
  const rows = all.map(({ source, row: { example, completion } }, i): DryRow => ({
    source,
    prompt: example.prompt,
    completion: completion.text,
    scores: scores[i]!,
    total: weightedTotal(scores[i]!, weights),
    correct: completion.correct,
  }));
  const totals = rows.filter(({ source }) => source === 'base').map(({ total }) => total);
  const groups = Array.from({ length: totals.length / size }, (_, g) =>
    totals.slice(g * size, (g + 1) * size),
  );
  const told = [...rows, ...attempts.filter(isUnread)];
  return { rewardNames: [...scorer.names], rows: told, groups, ...rewardReport(trouble) };
}

export async function dryRun(
  base: BasePolicy,
  config: RunConfig,
  own: readonly OwnTry[],
  runner: RewardRunner | null,
): Promise<DryRun> {
  const learner = buildLearner(config, base, runner);
  try {
    return await scoreAll(learner, own);
  } finally {
    disposeLearner(learner);
  }
}
