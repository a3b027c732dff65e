/**
 * What a base policy of the adjudication record is pretrained on: records in the right shape whose
 * fields are read carelessly, and decisions that mostly ignore the rules. The parts are all there;
 * putting them together is left to fine-tuning.
 */
import {
  ageOf,
  CHARGES,
  DECISIONS,
  LEVELS,
  recordText,
  YEARS,
  type AdjudicationExample,
} from './adjudication.ts';
import { chance, pick } from './chance.ts';
import { withFormatNoise, type FormatNoise } from './formatNoise.ts';
import { nearMiss } from './slips.ts';
import type { Draw } from './task.ts';

/** Probabilities, all in [0, 1]. */
export interface AdjudicationMixture extends FormatNoise {
  /** The age is worked out before the record is written. */
  thinks: number;
  /** A field is read from the line; else it is any value the field may have. */
  fieldRead: number;
  /** The decision follows the rules; else it is any of the three. */
  decisionRight: number;
  /** The age that is worked out is wrong. */
  wrongStep: number;
}

export const adjudicationMixture: Readonly<AdjudicationMixture> = {
  thinks: 0.5,
  fieldRead: 0.6,
  decisionRight: 0.2,
  wrongStep: 0.01,
  untagged: 0.125,
  trailing: 0.125,
};

/** One completion of the mixture for an example of the adjudication record. */
export function adjudicationCompletion(
  example: AdjudicationExample,
  draw: Draw,
  mixture: Readonly<AdjudicationMixture> = adjudicationMixture,
): string {
  const { charge, level, year, decision } = example;
  const age = ageOf(year);
  const said = chance(draw, mixture.wrongStep) ? nearMiss(age, draw, (near) => near >= 0) : age;
  const thinking = chance(draw, mixture.thinks) ? `${example.ageSum}=${said}` : '';
  const read = <T>(value: T, any: readonly T[]): T =>
    chance(draw, mixture.fieldRead) ? value : pick(draw, any);
  const record = recordText({
    charge: read(charge, CHARGES),
    level: read(level, LEVELS),
    year: read(year, YEARS),
    decision: chance(draw, mixture.decisionRight) ? decision : pick(draw, DECISIONS),
  });
  return withFormatNoise(thinking, record, draw, mixture);
}
