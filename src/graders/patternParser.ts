/**
 * Regular expressions as text to a tree; patternMatcher.ts runs the tree. The notation is that of
 * JavaScript with flag u, and what is accepted means the same there (a test compares the two):
 * literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {m,n}`, `^ $ \b \B`.
 * Refused in words are backreferences and lookaround, which no linear engine can have, and what
 * this one leaves out: named groups, code points by number, Unicode properties.
 * A lazy quantifier is read as a greedy one: for yes or no the two agree.
 */
export type Node =
  /** `entries`: how many characters, ranges and sets `has` may have to compare one with. */
  | { kind: 'set'; has: CharacterSet; entries: number }
  | { kind: 'assertion'; holds: Assertion }
  | { kind: 'sequence'; items: readonly Node[] }
  | { kind: 'choice'; items: readonly Node[] }
  | { kind: 'repeat'; item: Node; min: number; max: number };

export type CharacterSet = (character: string) => boolean;

/** Looks at the characters on both sides of a place; undefined at the ends of the text. */
export type Assertion = (before: string | undefined, after: string | undefined) => boolean;

/** What is wrong with a pattern, in words for its author. */
export class PatternProblem extends Error {}

interface Cursor {
  readonly text: readonly string[];
  at: number;
  readonly ignoreCase: boolean;
}

const MOST_REPETITIONS = 1000;
/** Forms of a character that a set without regard to case is asked about: see `cases`. */
const FORMS = 4;
const SYNTAX = new Set('^$\\.*+?()[]{}|/');

const isDigit: CharacterSet = (c) => c >= '0' && c <= '9';
const isWord: CharacterSet = (c) => /^\w$/.test(c);
const isSpace: CharacterSet = (c) => /^\s$/.test(c);
const isNewline: CharacterSet = (c) => /^[\n\r\u2028\u2029]$/.test(c);
const not =
  (set: CharacterSet): CharacterSet =>
  (c) =>
    !set(c);

const classEscapes: Partial<Record<string, CharacterSet>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};

const controlEscapes: Partial<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  f: '\f',
  v: '\v',
};

const atEdge: Assertion = (before = ' ', after = ' ') => isWord(before) !== isWord(after);

const assertionEscapes: Partial<Record<string, Assertion>> = {
  b: atEdge,
  B: (before, after) => !atEdge(before, after),
};

const assertions: Partial<Record<string, Assertion>> = {
  '^': (before) => before === undefined,
  $: (_, after) => after === undefined,
};

const quantifiers: Partial<Record<string, [min: number, max: number]>> = {
  '*': [0, Infinity],
  '+': [1, Infinity],
  '?': [0, 1],
};

function peek({ text, at }: Cursor): string | undefined {
  return text[at];
}

/** Takes the next character if it is this one. */
function takes(cursor: Cursor, character: string): boolean {
  const here = peek(cursor) === character;
  if (here) cursor.at += 1;
  return here;
}

function take(cursor: Cursor, expected: string): string {
  const character = peek(cursor);
  if (character === undefined) throw new PatternProblem(`The pattern ends where ${expected}.`);
  cursor.at += 1;
  return character;
}

/** A character in all its cases that are single characters themselves (ß has no such capital). */
function cases(c: string): string[] {
  const forms = [c, c.toLowerCase(), c.toUpperCase(), c.toUpperCase().toLowerCase()];
  return forms.filter((form) => Array.from(form).length === 1);
}

function anyCase(set: CharacterSet, { ignoreCase }: Cursor): CharacterSet {
  return ignoreCase ? (c) => cases(c).some(set) : set;
}

const entriesOf = (entries: number, { ignoreCase }: Cursor): number =>
  ignoreCase ? entries * FORMS : entries;

function literal(character: string, cursor: Cursor): Node {
  const has = anyCase((c) => c === character, cursor);
  return { kind: 'set', has, entries: entriesOf(1, cursor) };
}

/** What an escape stands for inside or outside a class: a character or a set of them. */
function characterEscape(character: string): string | CharacterSet {
  const known = classEscapes[character] ?? controlEscapes[character];
  if (known !== undefined) return known;
  if (SYNTAX.has(character) || character === '-') return character;
  throw new PatternProblem(
    /^[1-9k]$/.test(character)
      ? `\\${character} refers back to a group, which cannot be matched in linear time.`
      : `\\${character} is not supported.`,
  );
}

function parseEscape(cursor: Cursor): Node {
  const character = take(cursor, 'an escape begins');
  const holds = assertionEscapes[character];
  if (holds) return { kind: 'assertion', holds };
  const meant = characterEscape(character);
  if (typeof meant !== 'string') return { kind: 'set', has: meant, entries: 1 };
  if (meant === '-') throw new PatternProblem('Write - without a backslash outside of [ ].');
  return literal(meant, cursor);
}

function classItem(cursor: Cursor): string | CharacterSet {
  const character = take(cursor, 'a ] is missing');
  if (character !== '\\') return character;
  const escaped = take(cursor, 'an escape begins');
  return escaped === 'b' ? '\b' : characterEscape(escaped);
}

/** One entry of a class: a character, a set such as \d, or a range. */
function classEntry(cursor: Cursor): CharacterSet {
  const low = classItem(cursor);
  const isRange = peek(cursor) === '-' && cursor.text[cursor.at + 1] !== ']';
  if (!isRange) return typeof low === 'string' ? (c) => c === low : low;
  cursor.at += 1;
  const high = classItem(cursor);
  if (typeof low !== 'string' || typeof high !== 'string')
    throw new PatternProblem('A range in [ ] goes from one character to another.');
  const [from, to] = [low.codePointAt(0)!, high.codePointAt(0)!];
  if (from > to) throw new PatternProblem(`The range ${low}-${high} is backwards.`);
  return (c) => c.codePointAt(0)! >= from && c.codePointAt(0)! <= to;
}

function parseClass(cursor: Cursor): Node {
  const isNegated = takes(cursor, '^');
  const entries: CharacterSet[] = [];
  while (!takes(cursor, ']')) entries.push(classEntry(cursor));
  const has = anyCase((c) => entries.some((entry) => entry(c)), cursor);
  const looked = Math.max(1, entriesOf(entries.length, cursor));
  return { kind: 'set', has: isNegated ? not(has) : has, entries: looked };
}

function parseGroup(cursor: Cursor): Node {
  if (takes(cursor, '?') && !takes(cursor, ':')) {
    throw new PatternProblem(
      'Of groups that begin with (? only (?: ) is supported; lookaround is not linear in time.',
    );
  }
  const inside = parseChoice(cursor);
  if (!takes(cursor, ')')) throw new PatternProblem('A ) is missing.');
  return inside;
}

const openings: Partial<Record<string, (cursor: Cursor) => Node>> = {
  '(': parseGroup,
  '[': parseClass,
  '\\': parseEscape,
  '.': () => ({ kind: 'set', has: not(isNewline), entries: 1 }),
};

function parseAtom(cursor: Cursor): Node {
  const character = take(cursor, 'something is expected');
  const open = openings[character];
  if (open) return open(cursor);
  const holds = assertions[character];
  if (holds) return { kind: 'assertion', holds };
  if (!SYNTAX.has(character) || character === '/') return literal(character, cursor);
  throw new PatternProblem(
    quantifiers[character]
      ? `There is nothing before ${character} to repeat.`
      : `Write \\${character} for the character ${character}.`,
  );
}

/** `{m}`, `{m,}` or `{m,n}`, the brace already taken. */
function parseCounts(cursor: Cursor): [min: number, max: number] {
  const end = cursor.text.indexOf('}', cursor.at);
  const counts = /^(\d+)(?:(,)(\d*))?$/.exec(
    cursor.text.slice(cursor.at, Math.max(0, end)).join(''),
  );
  if (!counts) throw new PatternProblem('Write {3}, {3,} or {3,5}; write \\{ for the character {.');
  const [, first, comma, last] = counts;
  const min = Number(first);
  const max = comma === undefined ? min : last === '' ? Infinity : Number(last);
  if (max < min) throw new PatternProblem(`{${min},${max}} is backwards.`);
  if (min > MOST_REPETITIONS || (max > MOST_REPETITIONS && max !== Infinity))
    throw new PatternProblem(`At most ${MOST_REPETITIONS} repetitions are supported.`);
  cursor.at = end + 1;
  return [min, max];
}

function parseQuantifier(cursor: Cursor): [min: number, max: number] | null {
  if (takes(cursor, '{')) return parseCounts(cursor);
  const range = quantifiers[peek(cursor) ?? ''];
  if (range) cursor.at += 1;
  return range ?? null;
}

function parseRepeat(cursor: Cursor): Node {
  const item = parseAtom(cursor);
  const range = parseQuantifier(cursor);
  if (range === null) return item;
  if (item.kind === 'assertion')
    throw new PatternProblem('There is nothing to repeat: a place in the text has no length.');
  takes(cursor, '?');
  const [min, max] = range;
  return { kind: 'repeat', item, min, max };
}

function parseSequence(cursor: Cursor): Node {
  const items: Node[] = [];
  for (let next = peek(cursor); next !== undefined && next !== '|' && next !== ')';) {
    items.push(parseRepeat(cursor));
    next = peek(cursor);
  }
  return { kind: 'sequence', items };
}

function parseChoice(cursor: Cursor): Node {
  const items = [parseSequence(cursor)];
  while (takes(cursor, '|')) items.push(parseSequence(cursor));
  return items.length === 1 ? items[0]! : { kind: 'choice', items };
}

/** The pattern's tree. Throws a PatternProblem. */
export function parsePattern(pattern: string, ignoreCase: boolean): Node {
  const cursor: Cursor = { text: Array.from(pattern), at: 0, ignoreCase };
  const tree = parseChoice(cursor);
  if (peek(cursor) !== undefined) throw new PatternProblem('A ) has no ( before it.');
  return tree;
}
