/**
 * Pace of a run from its metrics alone: tokens per second and time left. Reads no clock, so that
 * a resumed run and a table of numbers give the same answer. Pure functions.
 */
import type { RunConfig } from '../rft/configTable.ts';
import type { StepMetrics } from './protocol.ts';

/** Steps that the average looks back over. */
const WINDOW = 8;

export interface Pace {
  /** Prompt and completion tokens a second while training; null before the first step. */
  tokensPerSecond: number | null;
  /** Seconds to the end of the run, evaluations included; null before the first step. */
  secondsLeft: number | null;
}

function lastValue(rows: readonly StepMetrics[], key: string): number {
  return rows.findLast((row) => row.values[key] !== undefined)?.values[key] ?? 0;
}

/** Evaluations still to come: every `evalSteps` steps, and at the last step. */
export function evaluationsLeft(step: number, { maxSteps, evalSteps }: RunConfig): number {
  const regular = Math.floor(maxSteps / evalSteps) - Math.floor(step / evalSteps);
  return regular + (maxSteps % evalSteps === 0 || step >= maxSteps ? 0 : 1);
}

/**
 * Tokens a second of every step, under `tokens_per_second`: a row for each row, empty where the
 * step before is not known.
 */
export function speedRows(rows: readonly StepMetrics[]): StepMetrics[] {
  return rows.map(({ step, values }, i) => {
    const before = rows[i - 1];
    const known = step === 1 || before?.step === step - 1;
    const tokens = (values['num_tokens'] ?? 0) - (before?.values['num_tokens'] ?? 0);
    const seconds = values['step_time'] ?? 0;
    const speed = known && tokens > 0 && seconds > 0 ? { tokens_per_second: tokens / seconds } : {};
    return { step, values: speed };
  });
}

/** The pace over the last steps; `rows` in order of steps. */
export function paceOf(rows: readonly StepMetrics[], config: RunConfig): Pace {
  const timed: readonly StepMetrics[] = rows
    .filter((row) => row.values['step_time'] !== undefined)
    .slice(-WINDOW - 1);
  const last = timed.at(-1);
  if (last === undefined) return { tokensPerSecond: null, secondsLeft: null };
  const recent = timed.length > 1 ? timed.slice(1) : timed;
  const seconds = recent.reduce((sum, row) => sum + row.values['step_time']!, 0);
  const before = timed.length > 1 ? timed[0]!.values['num_tokens'] : 0;
  const tokens = (last.values['num_tokens'] ?? 0) - (before ?? 0);
  const left =
    ((config.maxSteps - last.step) * seconds) / recent.length +
    evaluationsLeft(last.step, config) * lastValue(rows, 'eval_time');
  return {
    tokensPerSecond: seconds > 0 && tokens > 0 ? tokens / seconds : null,
    secondsLeft: Math.max(0, left),
  };
}
