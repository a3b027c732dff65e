/**
 * What a grader is: a reward function that is configured in a form and not programmed.
 * A spec is plain JSON and travels in links, so it may come from a stranger: `parseGrader` is the
 * only way from JSON to a spec, and nothing here runs text as code.
 * Kinds and settings are named as in OpenAI's graders (platform.openai.com/docs/guides/graders)
 * wherever those have the thing. Plain strings and numbers; nothing of the project is imported.
 */

/** What a grader is given for one completion. Plain data. */
export interface Graded {
  prompt: string;
  /** The completion's text without eos. */
  completion: string;
  thinking: string;
  answer: string;
  /** The gold answer. */
  reference: string;
  /** True when the policy ended it with eos; false when it was cut at the length limit. */
  ended: boolean;
  /** Tokens, eos included. */
  length: number;
  /** The most tokens a completion of this run may have. */
  maxLength: number;
  /**
   * Runs the answer through the task's hidden unit tests: one entry a test, or null when the
   * answer cannot be run. Null itself where the task has no such tests.
   */
  tests: (() => readonly boolean[] | null) | null;
}

/** Scores one completion; null: nothing to say about it. */
export type Score = (graded: Graded) => number | null;

export const graderKindNames = [
  'string_check',
  'text_similarity',
  'number_tolerance',
  'regex',
  'json_schema',
  'format',
  'process',
  'unit_tests',
  'length_target',
  'overlong',
  'combination',
] as const;

export type GraderKindName = (typeof graderKindNames)[number];

export type Range = readonly [min: number, max: number];

/** One grader of a combination. */
export interface Part {
  readonly grader: GraderSpec;
  readonly weight: number;
}

export type FieldValue = string | number | boolean | readonly Part[];

/** A checked, frozen grader as it stands in a recipe: its kind's own fields beside these three. */
export type GraderSpec = {
  readonly kind: GraderKindName;
  /** Becomes a metric's key, `rewards/<name>/mean`. */
  readonly name: string;
  /** Where the kind's own range is mapped to, linearly; left out: it stays as it is. */
  readonly range?: Range;
} & Readonly<Record<string, FieldValue | Range>>;

export interface Problem {
  /** The field's name, dotted inside a combination (`parts.0.grader.pattern`); '' for the whole. */
  field: string;
  /** A sentence that says what would be right. */
  message: string;
}

interface FieldBase {
  label: string;
  /** One line, in words a newcomer understands. */
  meaning: string;
}

export interface TextField extends FieldBase {
  kind: 'text' | 'longText';
  default: string;
  /** Most characters. */
  maxLength: number;
}

export interface NumberField extends FieldBase {
  kind: 'number';
  default: number;
  min: number;
  max: number;
  /** True when only whole numbers make sense. */
  whole?: boolean;
}

export interface ChoiceField<C extends string = string> extends FieldBase {
  kind: 'choice';
  default: C;
  choices: readonly { value: C; label: string }[];
}

export interface BooleanField extends FieldBase {
  kind: 'boolean';
  default: boolean;
}

export interface PartsField extends FieldBase {
  kind: 'parts';
  default: readonly Part[];
  maxParts: number;
}

export type Field = TextField | NumberField | ChoiceField | BooleanField | PartsField;

type Fields = Readonly<Record<string, Field>>;

type ValueOf<F> = F extends { kind: 'choice'; choices: readonly { value: infer C }[] }
  ? C
  : F extends NumberField
    ? number
    : F extends BooleanField
      ? boolean
      : F extends PartsField
        ? readonly Part[]
        : string;

interface KindOf<F extends Fields> {
  label: string;
  /** One line: what it rewards. */
  meaning: string;
  /** Where it comes from: a product's documentation or a paper with its equation. */
  source: string;
  /** What its scores lie in, both ends included. */
  nativeRange: Range;
  fields: F;
  /** What is wrong although every field is valid by itself. */
  problems?: (values: ValuesOf<F>, context: Context) => readonly Problem[];
  /** Does once what need not be done for every completion. */
  prepare: (values: ValuesOf<F>, context: Context) => Score;
  /** Only where the range depends on the settings; `nativeRange` is then the usual one. */
  rangeOf?: (values: ValuesOf<F>, context: Context) => Range;
}

/** What a combination needs of its parts; other kinds have no use for it. */
export interface Context {
  rangeOf: (spec: GraderSpec) => Range;
  prepare: (spec: GraderSpec) => Score;
}

type ValuesOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** A kind as the table holds it, its fields' types forgotten. */
export type GraderKind = KindOf<Fields>;

/**
 * Checks a kind against its own fields. Forgetting them afterwards is sound because values come
 * from `parseGrader` alone, which has checked them against the same fields.
 */
export function defineKind<const F extends Fields>(kind: KindOf<F>): GraderKind {
  return kind as unknown as GraderKind;
}
