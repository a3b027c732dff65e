/**
 * From a checked spec to the function that scores completions, mapped to the spec's range. What
 * takes time (compiling a pattern or a schema) is done here, once.
 */
import { graderKinds } from './graderKinds.ts';
import type { Context, GraderKind, GraderSpec, Range, Score } from './grader.ts';

type Values = Parameters<GraderKind['prepare']>[0];

/** Sound for a spec that `parseGrader` made: it holds exactly its kind's fields. */
const valuesOf = (spec: GraderSpec): Values => spec as Values;

const context: Context = { rangeOf: gradedRange, prepare: prepareGrader };

/** Problems of a spec whose every field is valid by itself. */
export function crossProblems(spec: GraderSpec): ReturnType<NonNullable<GraderKind['problems']>> {
  return graderKinds[spec.kind].problems?.(valuesOf(spec), context) ?? [];
}

/** What the kind scores before the spec's range is applied. */
function nativeRange(spec: GraderSpec): Range {
  const { rangeOf, nativeRange: usual } = graderKinds[spec.kind];
  return rangeOf?.(valuesOf(spec), context) ?? usual;
}

/** What a grader's scores lie in, both ends included. */
export function gradedRange(spec: GraderSpec): Range {
  return spec.range ?? nativeRange(spec);
}

/** Linear from one range to another, the ends to the ends, and never beyond by rounding. */
function mapped(value: number, [low, high]: Range, [min, max]: Range): number {
  const share = (value - low) / (high - low);
  return Math.min(max, Math.max(min, min + share * (max - min)));
}

/** The grader's scoring function; in `gradedRange(spec)`, or null for a completion it says nothing of. */
export function prepareGrader(spec: GraderSpec): Score {
  const score = graderKinds[spec.kind].prepare(valuesOf(spec), context);
  const from = nativeRange(spec);
  const to = gradedRange(spec);
  return (graded) => {
    const value = score(graded);
    return value === null ? null : mapped(value, from, to);
  };
}
