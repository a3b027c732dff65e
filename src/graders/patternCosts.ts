/**
 * What the patterns of a checked grader cost for every character of a text, those inside its parts
 * included, each at the field that holds it. Only the sum over all rewards says what a step takes.
 */
import type { GraderKindName, GraderSpec, Part } from './grader.ts';
import { compilePattern } from './patternMatcher.ts';
import { compileSchema } from './schema.ts';

export interface PatternCost {
  /** The field's name, dotted inside a combination. */
  field: string;
  /** See Pattern. */
  cost: number;
}

const regexCosts = ({ pattern, ignoreCase }: GraderSpec): PatternCost[] => {
  const compiled = compilePattern(pattern as string, ignoreCase as boolean);
  return 'pattern' in compiled ? [{ field: 'pattern', cost: compiled.pattern.cost }] : [];
};

const schemaCosts = ({ schema }: GraderSpec): PatternCost[] => {
  const compiled = compileSchema(schema as string);
  return 'check' in compiled ? [{ field: 'schema', cost: compiled.cost }] : [];
};

const partCosts = ({ parts }: GraderSpec): PatternCost[] =>
  (parts as readonly Part[]).flatMap(({ grader }, i) =>
    patternCosts(grader).map(({ field, cost }) => ({ field: `parts.${i}.grader.${field}`, cost })),
  );

/** Their fields are what `parseGrader` has checked them to be. */
const kinds: Partial<Record<GraderKindName, (spec: GraderSpec) => PatternCost[]>> = {
  regex: regexCosts,
  json_schema: schemaCosts,
  combination: partCosts,
};

export const patternCosts = (spec: GraderSpec): PatternCost[] => kinds[spec.kind]?.(spec) ?? [];
