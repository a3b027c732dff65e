/**
 * A reward being edited: the shape of its spec, but with numbers as the text that was typed, so
 * that a half-typed one is kept and reported. A setting's path (`parts.0.grader.pattern`) is the
 * field that the parser names in a problem. Every rule is parseRewards'; nothing is checked here
 * but that the name is not another reward's.
 */
import { graderKinds } from '../graders/graderKinds.ts';
import type { GraderKindName, GraderSpec, Part } from '../graders/grader.ts';
import { parseGrader } from '../graders/parseGrader.ts';
import { gradedRange } from '../graders/prepareGrader.ts';
import { isCodeReward, parseRewards, type RewardSpec, type TaskReward } from '../rft/rewardSpec.ts';
import { numberText, typedNumber } from './typedNumber.ts';

/** The rewards that have something to edit; a task's own have not. */
export type EditableReward = Exclude<RewardSpec, TaskReward>;

export type RangeText = readonly [min: string, max: string];

export interface PartDraft {
  readonly grader: GraderDraft;
  readonly weight: string;
}

export type DraftValue = string | boolean | RangeText | readonly PartDraft[] | undefined;

export type GraderDraft = {
  readonly kind: GraderKindName;
  readonly name: string;
  /** Left out: the kind's own. */
  readonly range?: RangeText;
} & Readonly<Record<string, DraftValue>>;

export interface CodeDraft {
  readonly kind: 'code';
  readonly name: string;
  readonly source: string;
  readonly range: RangeText;
}

export type RewardDraft = GraderDraft | CodeDraft;

/** A path from pieces; none at the root. */
export const pathOf = (...pieces: (string | number)[]): string =>
  pieces.filter((piece) => piece !== '').join('.');

export const rangeText = ([min, max]: readonly [number, number]): RangeText => [
  numberText(min),
  numberText(max),
];

function valueText(value: GraderSpec[string]): DraftValue {
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return value;
  return (value as readonly Part[]).map(({ grader, weight }) => ({
    grader: graderDraft(grader),
    weight: numberText(weight),
  }));
}

export function graderDraft({ range, ...settings }: GraderSpec): GraderDraft {
  const texts = Object.entries(settings).map(([name, value]) => [name, valueText(value)] as const);
  const draft = Object.fromEntries(texts) as GraderDraft;
  return range ? { ...draft, range: rangeText(range) } : draft;
}

/** A spec as it stands in the form. */
export function draftOf(spec: EditableReward): RewardDraft {
  if (!isCodeReward(spec)) return graderDraft(spec);
  const { kind, name, source, range } = spec;
  return { kind, name, source, range: rangeText(range) };
}

function partInput({ grader, weight }: PartDraft): unknown {
  return { grader: graderInput(grader), weight: typedNumber(weight) };
}

/** A setting as its kind of field wants it. */
function valueInput(kind: GraderKindName, name: string, value: DraftValue): unknown {
  const field = graderKinds[kind].fields[name];
  if (field?.kind === 'number') return typedNumber(value as string);
  return field?.kind === 'parts' ? (value as readonly PartDraft[]).map(partInput) : value;
}

function graderInput({ range, ...settings }: GraderDraft): unknown {
  const values = Object.entries(settings).map(([name, value]) => [
    name,
    valueInput(settings.kind, name, value),
  ]);
  const input = Object.fromEntries(values) as object;
  return range ? { ...input, range: range.map(typedNumber) } : input;
}

/** What was typed as JSON for parseRewards; texts that are no numbers stay texts. */
export const inputOf = (draft: RewardDraft): unknown =>
  draft.kind === 'code' ? { ...draft, range: draft.range.map(typedNumber) } : graderInput(draft);

const keysOf = (path: string): string[] => (path === '' ? [] : path.split('.'));

/** What stands at a path, '' being the whole; undefined where there is nothing. */
export function valueAt(draft: unknown, path: string): unknown {
  return keysOf(path).reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    draft,
  );
}

function withKeys(draft: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(draft)) {
    return draft.map((one: unknown, i) => (String(i) === key ? withKeys(one, rest, value) : one));
  }
  const { [key]: old, ...others } = draft as Record<string, unknown>;
  const next = withKeys(old, rest, value);
  return next === undefined ? others : { ...(draft as object), [key]: next };
}

/** The draft with one setting changed; undefined takes it out. */
export const withValue = (draft: RewardDraft, path: string, value: DraftValue): RewardDraft =>
  withKeys(draft, keysOf(path), value) as RewardDraft;

export interface CheckedDraft {
  spec: EditableReward | null;
  /** The first problem of each path; '' for the whole. */
  problems: ReadonlyMap<string, string>;
}

/** @param taken the names of the recipe's other rewards. */
export function checkDraft(draft: RewardDraft, taken: readonly string[]): CheckedDraft {
  const { specs, problems: found } = parseRewards([inputOf(draft)]);
  const problems = new Map<string, string>();
  if (taken.includes(draft.name)) {
    problems.set('name', `There is another reward called ${draft.name}.`);
  }
  for (const { setting, message } of found) {
    if (!problems.has(setting)) problems.set(setting, message);
  }
  const spec = problems.size === 0 ? (specs?.[0] as EditableReward | undefined) : undefined;
  return { spec: spec ?? null, problems };
}

/** What a grader scores before any range is applied; the usual one while it has problems. */
export function ownRangeText(draft: GraderDraft): RangeText {
  const parsed = parseGrader(inputOf(withValue(draft, 'range', undefined)));
  return rangeText(
    'spec' in parsed ? gradedRange(parsed.spec) : graderKinds[draft.kind].nativeRange,
  );
}
