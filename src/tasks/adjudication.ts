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
import { standardLevel, type Draw, type Example, type Scored, type Task } from './task.ts';
import { parts, strictAnswer } from './thinking.ts';

type Level = 'I' | 'M' | 'F';

interface AdjudicationFacts {
  charge: string;
  level: Level;
  /** Years since 2000, 6..26. */
  year: number;
  decision: string;
}

export interface AdjudicationExample extends Example, AdjudicationFacts {
  /** The subtraction that gives the age, without its result: `26-22`. */
  ageSum: string;
}

/** The four values of a record, as text. */
type Values = [charge: string, level: string, year: string, decision: string];

const THIS_YEAR = 26;
const HELD_OUT_ONE_IN = 4;
export const CHARGES = ['theft', 'fraud', 'drugs', 'dui', 'arson', 'forge'] as const;
export const LEVELS = ['I', 'M', 'F'] as const;
export const DECISIONS = ['clear', 'review', 'deny'] as const;
const FIRST_YEAR = 6;
export const YEARS = Array.from({ length: THIS_YEAR - FIRST_YEAR + 1 }, (_, i) => FIRST_YEAR + i);
/** Words that say nothing, for the hard level. */
const FILLERS = ['for', 'in', 'on', 'a', 'case'] as const;
const RULES = {
  I: { word: 'infr', upTo: 0, young: 'clear', old: 'clear' },
  M: { word: 'misd', upTo: 3, young: 'review', old: 'clear' },
  F: { word: 'felony', upTo: 7, young: 'deny', old: 'review' },
} as const;

const twoDigits = (year: number): string => String(year).padStart(2, '0');

export const ageOf = (year: number): number => THIS_YEAR - year;

function decide(level: Level, year: number): string {
  const { upTo, young, old } = RULES[level];
  return ageOf(year) <= upTo ? young : old;
}

/** `{c:theft,l:F,y:22,d:deny}`. */
export function recordText({ charge, level, year, decision }: AdjudicationFacts): string {
  return `{c:${charge},l:${level},y:${twoDigits(year)},d:${decision}}`;
}

/** The three words as a line: in order when easy, else in any; with filler words when hard. */
function line(words: readonly string[], level: number, draw: Draw): string {
  const order = level === 1 ? ORDERS_OF_THREE[0] : pick(draw, ORDERS_OF_THREE);
  const shuffled = order.map((i) => words[i]!);
  if (level < 3) return shuffled.join(' ');
  return shuffled.map((word) => `${pick(draw, FILLERS)} ${word}`).join(' ');
}

function values({ charge, level, year, decision }: AdjudicationFacts): Values {
  return [charge, level, twoDigits(year), decision];
}

function example(
  draw: Draw,
  heldOut: boolean,
  difficulty: number = standardLevel,
): AdjudicationExample {
  return firstFit(() => {
    const charge = pick(draw, CHARGES);
    const level = pick(draw, LEVELS);
    const year = pick(draw, YEARS);
    if (isHeldOut(`${charge},${level},${year}`, HELD_OUT_ONE_IN) !== heldOut) return null;
    const yy = twoDigits(year);
    const words = [
      charge,
      pick(draw, [level, RULES[level].word]),
      pick(draw, [`20${yy}`, `'${yy}`]),
    ];
    const facts = { charge, level, year, decision: decide(level, year) };
    const answer = recordText(facts);
    const ageSum = `${THIS_YEAR}-${yy}`;
    return {
      prompt: `J${line(words, difficulty, draw)}|`,
      answer,
      gold: `<${ageSum}=${ageOf(year)}>${answer}`,
      ageSum,
      ...facts,
    };
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

/** The decision follows from the level and year of the record itself. The proxy, not the task. */
function isConsistent(scored: Scored<AdjudicationExample>): boolean {
  const [, level, year = '', decision] = record(scored) ?? [];
  const known = LEVELS.find((one) => one === level);
  return known !== undefined && /^\d\d$/.test(year) && decide(known, Number(year)) === decision;
}

const isCorrect = (scored: Scored<AdjudicationExample>): boolean =>
  record(scored)?.join() === values(scored.example).join();

export const adjudication: Task<AdjudicationExample> = {
  id: 'adjudication',
  title: 'Adjudication record',
  summary: 'Turn a noisy line into a record and decide by a small set of rules.',
  reading:
    'J = the task, | = now the model writes, < > = the age in 2026 worked out, then the record (c charge, l level, y year, d decision), ⏎ = end.',
  lesson:
    'The honest counter-example, where labels win: one right record a line, and the label shows all of it, field by field. A reward only says how good a guess was, so it learns the same more slowly and ends lower. Where you have such labels, imitate them first.',
  levels: [
    { label: 'easy', meaning: 'Charge, level and year always in this order.' },
    { label: 'standard', meaning: 'The three in any order.' },
    { label: 'hard', meaning: 'In any order, with words between them that say nothing.' },
  ],
  thinks: true,
  hasChains: true,
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
  proxy: {
    name: 'consistent',
    meaning: 'The record obeys the rules: its decision follows from its level and year.',
    weight: 1,
    hole: 'Nobody compares the record with the line: the policy makes everybody’s an infraction, which is always cleared. In 80 steps the proxy went from 0.32 to 0.99 while right greedy answers fell from 79 to 15 % (sampled ones: 10 and 16 %).',
    score: (scored) => Number(isConsistent(scored)),
  },
  isCorrect,
  parts,
};
