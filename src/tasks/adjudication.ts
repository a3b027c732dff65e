/**
 * Adjudication record: a noisy line such as `Jfelony '22 theft|` becomes the record
 * `{c:theft,l:F,y:22,d:deny}` (charge, level, year, decision). Made-up rules for a made-up
 * register; labels teach this task better than rewards do, which is why it is here.
 *
 * The decision follows from level and age in 2026: an infraction is cleared; a felony is denied
 * up to 7 years, then reviewed; a misdemeanour is reviewed up to 3 years, then cleared.
 * Held out is a quarter of all facts (charge, level, year), however they are spelled.
 */
import { firstFit, ORDERS_OF_THREE, pick } from './chance.ts';
import { isHeldOut } from './split.ts';
import type { Draw, Example, Scored, Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';

type Level = 'I' | 'M' | 'F';

interface AdjudicationFacts {
  charge: string;
  level: Level;
  /** Years since 2000, 6..26. */
  year: number;
  decision: string;
}

export interface AdjudicationExample extends Example, AdjudicationFacts {}

/** The four values of a record, as text. */
type Values = [charge: string, level: string, year: string, decision: string];

const THIS_YEAR = 26;
const HELD_OUT_ONE_IN = 4;
const CHARGES = ['theft', 'fraud', 'drugs', 'dui', 'arson', 'forge'] as const;
const RULES = {
  I: { word: 'infr', upTo: 0, young: 'clear', old: 'clear' },
  M: { word: 'misd', upTo: 3, young: 'review', old: 'clear' },
  F: { word: 'felony', upTo: 7, young: 'deny', old: 'review' },
} as const;

const twoDigits = (year: number): string => String(year).padStart(2, '0');

function decide(level: Level, year: number): string {
  const { upTo, young, old } = RULES[level];
  return THIS_YEAR - year <= upTo ? young : old;
}

function values({ charge, level, year, decision }: AdjudicationFacts): Values {
  return [charge, level, twoDigits(year), decision];
}

function example(draw: Draw, heldOut: boolean): AdjudicationExample {
  return firstFit(() => {
    const charge = pick(draw, CHARGES);
    const level = pick(draw, ['I', 'M', 'F'] as const);
    const year = 6 + draw(21);
    if (isHeldOut(`${charge},${level},${year}`, HELD_OUT_ONE_IN) !== heldOut) return null;
    const yy = twoDigits(year);
    const words = [
      charge,
      pick(draw, [level, RULES[level].word]),
      pick(draw, [`20${yy}`, `'${yy}`]),
    ];
    const line = pick(draw, ORDERS_OF_THREE).map((i) => words[i]);
    const decision = decide(level, year);
    const answer = `{c:${charge},l:${level},y:${yy},d:${decision}}`;
    const gold = `<${THIS_YEAR}-${yy}=${THIS_YEAR - year}>${answer}`;
    return { prompt: `J${line.join(' ')}|`, answer, gold, charge, level, year, decision };
  });
}

/** The record's values when its keys, their order and its braces are exact; else null. */
function record(scored: Scored): Values | null {
  const match = /^\{c:([^,{}]+),l:([^,{}]+),y:([^,{}]+),d:([^,{}]+)\}$/.exec(
    strictAnswer(scored) ?? '',
  );
  return match ? (match.slice(1) as Values) : null;
}

/** Share of charge, level and year that are right; 0 without a record. */
function fieldShare(scored: Scored<AdjudicationExample>): number {
  const gold = values(scored.example).slice(0, 3);
  const given = record(scored);
  return given ? gold.filter((value, i) => value === given[i]).length / gold.length : 0;
}

const isCorrect = (scored: Scored<AdjudicationExample>): boolean =>
  record(scored)?.join() === values(scored.example).join();

export const adjudication: Task<AdjudicationExample> = {
  id: 'adjudication',
  title: 'Adjudication record',
  summary: 'Turn a noisy line into a record and decide by a small set of rules.',
  example,
  rewards: [
    {
      name: 'decision',
      meaning: 'The decision and all three fields are right.',
      weight: 0.45,
      score: (scored) => Number(isCorrect(scored)),
    },
    {
      name: 'fields',
      meaning: 'Share of charge, level and year that are right.',
      weight: 0.45,
      score: fieldShare,
    },
    {
      name: 'format',
      meaning: 'The completion reads <thinking>record, with the four keys in order.',
      weight: 0.1,
      score: (scored) => Number(record(scored) !== null),
    },
  ],
  isCorrect,
  parts,
};
