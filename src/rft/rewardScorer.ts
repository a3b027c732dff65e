/**
 * A run's reward functions as columns of scores: the task's own and graders are computed here, code
 * goes to the sandbox that the host brings, one batch a column. Scores stay apart from the weighted
 * total and from the advantage. A score that is missing is null, and an error is never a 0.
 */
import type {
  CodeBatchResult,
  CodeError,
  CodeProgram,
  RewardRunner,
} from '../graders/codeReward.ts';
import type { Graded } from '../graders/grader.ts';
import { prepareGrader } from '../graders/prepareGrader.ts';
import type { Example, Task } from '../tasks/task.ts';
import { codeInput } from './codeInput.ts';
import type { ReadCompletion } from './reward.ts';
import {
  isCodeReward,
  isTaskReward,
  rewardsOf,
  taskReward,
  type RewardSpec,
} from './rewardSpec.ts';

/** One completion to be scored. */
export interface ScoredRow {
  example: Example;
  completion: ReadCompletion;
}

/** What reward code said and did wrong in one step. */
export interface RewardTrouble {
  /** Name of the reward. */
  name: string;
  errors: { error: CodeError; completion: string }[];
  logs: readonly string[];
}

export interface ScoreTable {
  /** One row per completion, one column per reward function. */
  scores: (number | null)[][];
  /** Of code alone, and only where there is something to tell. */
  trouble: RewardTrouble[];
  /** Largest share of one reward's scores that is missing because of an error. */
  errorRatio: number;
}

export interface RewardScorer {
  readonly names: readonly string[];
  /** @param step the step being made, from 1; 0 for a dry run. */
  score(rows: readonly ScoredRow[], step: number): Promise<ScoreTable>;
}

/** What scorers of a run have in common. */
export interface ScorerContext {
  task: Task;
  /** Most tokens of a completion. */
  maxCompletionLength: number;
  /** Runs reward code; null where the host has no sandbox, which then refuses code. */
  runner: RewardRunner | null;
}

interface Column {
  scores: (number | null)[];
  errors: CodeBatchResult['errors'];
  logs: readonly string[];
}

type ColumnScorer = (rows: readonly ScoredRow[], step: number) => Promise<Column>;

const plain =
  (score: (row: ScoredRow) => number | null): ColumnScorer =>
  (rows) =>
    Promise.resolve({ scores: rows.map(score), errors: [], logs: [] });

function taskColumn(name: string, { task }: ScorerContext): ColumnScorer {
  const reward = taskReward(task, name);
  if (!reward) throw new Error(`internal: ${task.id} has no reward ${name}`);
  return plain(({ example, completion: { text, ended } }) =>
    reward.score({ example, completion: text, ended }),
  );
}

/** What a grader sees of a completion. */
function gradedOf({ example, completion }: ScoredRow, context: ScorerContext): Graded {
  const { text, ended, length } = completion;
  const { task, maxCompletionLength } = context;
  const { thinking, answer } = task.parts(text);
  return {
    prompt: example.prompt,
    completion: text,
    thinking,
    answer,
    reference: example.answer,
    ended,
    length,
    maxLength: maxCompletionLength,
    tests: task.testResults ? () => task.testResults?.(answer, example) ?? null : null,
  };
}

function codeColumn(program: CodeProgram, context: ScorerContext): ColumnScorer {
  const { runner } = context;
  if (!runner) throw new Error('internal: reward code without a sandbox');
  return (rows, step) =>
    runner.run(
      program,
      rows.map(({ example, completion }) =>
        codeInput(context.task, example, completion.text, step),
      ),
    );
}

function columnOf(spec: RewardSpec, context: ScorerContext): ColumnScorer {
  if (isTaskReward(spec)) return taskColumn(spec.name, context);
  if (isCodeReward(spec)) {
    const { name, source, range } = spec;
    return codeColumn({ name, source, range }, context);
  }
  const grade = prepareGrader(spec);
  return plain((row) => grade(gradedOf(row, context)));
}

/** The scorer of a run's rewards; `given` empty: the task's own. */
export function createScorer(given: readonly RewardSpec[], context: ScorerContext): RewardScorer {
  const specs = rewardsOf(context.task, given);
  const columns = specs.map((spec) => columnOf(spec, context));
  const names = specs.map(({ name }) => name);
  return {
    names,
    async score(rows, step) {
      const withText = ({ index, error }: Column['errors'][number]) => ({
        error,
        completion: rows[index]?.completion.text ?? '',
      });
      const results = await Promise.all(columns.map((column) => column(rows, step)));
      const most = Math.max(...results.map((result) => result.errors.length));
      return {
        scores: rows.map((_, row) => results.map(({ scores }) => scores[row] ?? null)),
        trouble: results.flatMap(({ errors: found, logs }, i) =>
          found.length + logs.length > 0
            ? [{ name: names[i]!, errors: found.map(withText), logs }]
            : [],
        ),
        errorRatio: rows.length === 0 ? 0 : most / rows.length,
      };
    },
  };
}
