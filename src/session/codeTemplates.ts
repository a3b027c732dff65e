/**
 * Reward functions to start from when one is written in code. Each is a whole program that scores
 * something in [0, 1] and shows one thing: how to compare, give part of the credit, abstain, read
 * the example, or log. Texts only: nothing here runs them.
 */

export interface CodeTemplate {
  id: string;
  label: string;
  /** One line: what it rewards. */
  meaning: string;
  source: string;
}

const exact = `// 1 for the right answer, letter by letter; 0 for anything else.
function reward({ answer, example }) {
  return answer === example.answer ? 1 : 0;
}
`;

const digits = `// Part of the credit for every character that stands in its right place.
function reward({ answer, example }) {
  const wanted = example.answer;
  if (wanted === '') return null; // no right answer: no opinion
  const length = Math.max(wanted.length, answer.length);
  let right = 0;
  for (let i = 0; i < length; i++) {
    if (answer[i] === wanted[i]) right += 1;
  }
  return right / length;
}
`;

const shorter = `// Only right answers are paid: half at once, half for being brief.
function reward({ thinking, answer, example }) {
  if (answer !== example.answer) return 0;
  const LONG = 60; // characters of thinking that leave nothing of the second half
  return 0.5 + 0.5 * Math.max(0, 1 - thinking.length / LONG);
}
`;

const format = String.raw`// 1 when the completion reads <thinking>answer and the answer is a whole number.
function reward({ completion }) {
  return /^<[^<>]+>-?\d+$/.test(completion) ? 1 : 0;
}
`;

const exampleData = String.raw`// The share of Countdown's given numbers that the answer uses, each once.
// "example" is the task's own data; elsewhere it has other fields.
function reward({ answer, example }) {
  if (!example.numbers) return null; // another task: no opinion
  const left = (answer.match(/\d+/g) ?? []).map(Number);
  let used = 0;
  for (const number of example.numbers) {
    const at = left.indexOf(number);
    if (at < 0) continue;
    left.splice(at, 1);
    used += 1;
  }
  return used / example.numbers.length;
}
`;

const logs = `// Pays by how near the number is, and logs what it came close to.
function reward({ prompt, answer, example, step }) {
  const distance = Math.abs(Number(answer) - Number(example.answer));
  if (answer === '' || Number.isNaN(distance)) return 0;
  if (distance === 1) console.log('step', step, prompt + answer, 'but', example.answer);
  return 1 / (1 + distance);
}
`;

/** The first one is what new code starts from. */
export const codeTemplates: readonly [CodeTemplate, ...CodeTemplate[]] = [
  {
    id: 'exact',
    label: 'Exact answer',
    meaning: 'Pays for the right answer alone.',
    source: exact,
  },
  {
    id: 'digits',
    label: 'Partial credit by digits',
    meaning: 'Pays for every character in its place.',
    source: digits,
  },
  {
    id: 'shorter',
    label: 'Right and short',
    meaning: 'Pays right answers more when less was thought.',
    source: shorter,
  },
  {
    id: 'format',
    label: 'Format by regular expression',
    meaning: 'Pays for the shape of the completion.',
    source: format,
  },
  {
    id: 'example',
    label: 'Uses the example’s data',
    meaning: 'Pays for using Countdown’s given numbers.',
    source: exampleData,
  },
  {
    id: 'logs',
    label: 'Near misses, logged',
    meaning: 'Pays by distance and writes near misses to the log.',
    source: logs,
  },
];
