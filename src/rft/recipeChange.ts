/**
 * Which recipe holds at which step, when settings change on the way. A change is part of the
 * recipe, with the first step that it applies to: so it is stored, resumed, shared and replayed like
 * every other setting. Plain data and pure functions.
 */
import type { RunConfig } from './configTable.ts';
import { changeableFields, type Changeable, type RecipeChange } from './changeable.ts';

function valuesOf(change: RecipeChange): Changeable {
  const names = changeableFields.filter((name) => change[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, change[name]]));
}

/** The recipe in force at a step (from 1): the start's, with every change up to that step. */
export function configAt(config: RunConfig, step: number): RunConfig {
  const due = config.changes.filter((change) => change.step <= step);
  if (due.length === 0) return config;
  const merged = due.reduce<Changeable>((all, change) => ({ ...all, ...valuesOf(change) }), {});
  return Object.freeze({ ...config, ...merged });
}

/** The recipe with one more change; one at the same step is added to what changes there. */
export function withChange(
  config: RunConfig,
  step: number,
  values: Changeable,
): Omit<RunConfig, 'changes'> & { changes: RecipeChange[] } {
  const there = config.changes.find((change) => change.step === step);
  const others = config.changes.filter((change) => change.step !== step);
  const changes = [...others, { ...there, ...values, step }].sort((a, b) => a.step - b.step);
  return { ...config, changes };
}

/** True when some step of the run uses a KL coefficient: it needs a reference policy. */
export const everUsesReference = ({ method, beta, changes }: RunConfig): boolean =>
  method === 'rft' && [beta, ...changes.map((change) => change.beta ?? 0)].some((b) => b > 0);
