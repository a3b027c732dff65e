/**
 * A new reward as it is added to a recipe: a grader of some kind with its defaults, or code from
 * the first template, under a name that no other reward has. Always a checked spec.
 */
import type { GraderKindName, GraderSpec } from '../graders/grader.ts';
import { parseGrader } from '../graders/parseGrader.ts';
import type { CodeReward } from '../rft/rewardSpec.ts';
import { codeTemplates } from './codeTemplates.ts';

/** Where a kind's defaults alone are no right grader: a combination of nothing. */
const starts: Partial<Record<GraderKindName, object>> = {
  combination: {
    parts: [
      { grader: { kind: 'string_check' }, weight: 1 },
      { grader: { kind: 'format' }, weight: 1 },
    ],
  },
};

/** `base`, or the first of `base-2`, `base-3`, … that is free. */
export function freeName(base: string, taken: readonly string[]): string {
  let name = base;
  for (let count = 2; taken.includes(name); count++) name = `${base}-${count}`;
  return name;
}

export function newGrader(kind: GraderKindName, taken: readonly string[]): GraderSpec {
  const parsed = parseGrader({ kind, name: freeName(kind, taken), ...starts[kind] });
  if ('problems' in parsed) throw new Error(`internal: the default ${kind} grader is refused`);
  return parsed.spec;
}

export function newCode(taken: readonly string[]): CodeReward {
  const [{ source }] = codeTemplates;
  const range = Object.freeze([0, 1] as const);
  return Object.freeze({ kind: 'code', name: freeName('code', taken), source, range });
}
