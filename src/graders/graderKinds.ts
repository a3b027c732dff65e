/**
 * The one table of graders: per kind its label, meaning, source, range, fields and how it scores.
 * Form, documentation, links and validation are drawn from it. It holds no logic.
 */
import { combination } from './combination.ts';
import { format } from './format.ts';
import type { GraderKind, GraderKindName } from './grader.ts';
import { jsonSchema } from './jsonSchema.ts';
import { lengthTarget, overlong } from './lengthGraders.ts';
import { numberTolerance } from './numberTolerance.ts';
import { process } from './process.ts';
import { regex } from './regex.ts';
import { stringCheck } from './stringCheck.ts';
import { textSimilarity } from './textSimilarity.ts';
import { unitTests } from './unitTests.ts';

export const graderKinds: Readonly<Record<GraderKindName, GraderKind>> = {
  string_check: stringCheck,
  text_similarity: textSimilarity,
  number_tolerance: numberTolerance,
  regex,
  json_schema: jsonSchema,
  format,
  process,
  unit_tests: unitTests,
  length_target: lengthTarget,
  overlong,
  combination,
};
