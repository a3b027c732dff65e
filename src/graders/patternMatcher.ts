/**
 * Regular expressions from strangers' links, matched in time proportional to pattern × text: all
 * states of the automaton advance together, a character at a time (Thompson 1968, "Regular
 * expression search algorithm"), so there is nothing to backtrack. The host's RegExp never sees
 * such a pattern: `(a+)+$` would hang it. Our own because only yes or no is asked, which takes a
 * few lines; the RE2 port re2js 2.10 is 46 kB gzip where all graders together are 10.
 */
import { MAX_TEXT } from './fields.ts';
import {
  parsePattern,
  PatternProblem,
  type Assertion,
  type CharacterSet,
  type Node,
} from './patternParser.ts';

/** Most states of an automaton; counted repetitions are written out. */
const MOST_STATES = 500;
/** Most nodes visited while it is built, so that repetitions of nothing end as well. */
const MOST_VISITS = 5000;

/** Comparisons of a character that take about as long as one state does. */
const COMPARISONS = 50;

/** A state consumes a character of `has`, or passes freely where `holds` allows. */
interface State {
  has: CharacterSet | null;
  /** Comparisons that `has` may take. */
  entries: number;
  holds: Assertion | null;
  to: State[];
}

export interface Pattern {
  /**
   * About what a character of the text takes at most: 1 for every state that consumes one (more for
   * a long class), and 1 for every way on from the others.
   */
  cost: number;
  /** Is it found anywhere in the text? */
  isIn: (text: string) => boolean;
  /** Does it match the whole text? */
  isWhole: (text: string) => boolean;
}

type Build = (node: Node, next: State) => State;

const TOO_LARGE = 'The pattern is too large once its repetitions are written out.';

/** Builds automata from their end, and keeps what it builds in `states`. */
function builder(states: State[]): Build {
  let visits = 0;

  function state(parts: Partial<State>): State {
    const made = { has: null, entries: 0, holds: null, to: [], ...parts };
    states.push(made);
    if (states.length > MOST_STATES) throw new PatternProblem(TOO_LARGE);
    return made;
  }

  /** As often as one likes; at least once, or not even that. */
  function loop(item: Node, atLeastOnce: boolean, next: State): State {
    const again = state({});
    const body = build(item, again);
    again.to.push(body, next);
    return atLeastOnce ? body : again;
  }

  function repeat({ item, min, max }: Extract<Node, { kind: 'repeat' }>, next: State): State {
    const isEndless = max === Infinity;
    let entry = isEndless ? loop(item, min > 0, next) : next;
    for (let i = min; i < max && !isEndless; i++) entry = state({ to: [build(item, entry), next] });
    for (let i = isEndless ? 1 : 0; i < min; i++) entry = build(item, entry);
    return entry;
  }

  const kinds: { [K in Node['kind']]: (node: Extract<Node, { kind: K }>, next: State) => State } = {
    set: ({ has, entries }, next) => state({ has, entries, to: [next] }),
    assertion: ({ holds }, next) => state({ holds, to: [next] }),
    sequence: ({ items }, next) => items.reduceRight((after, item) => build(item, after), next),
    choice: ({ items }, next) => state({ to: items.map((item) => build(item, next)) }),
    repeat,
  };

  function build(node: Node, next: State): State {
    visits += 1;
    if (visits > MOST_VISITS) throw new PatternProblem(TOO_LARGE);
    return (kinds[node.kind] as Build)(node, next);
  }
  return build;
}

/** Every state that is reached from some without consuming a character, at one place of the text. */
function reach(
  from: readonly State[],
  before: string | undefined,
  after: string | undefined,
): Set<State> {
  const reached = new Set(from);
  for (const { has, holds, to } of reached) {
    if (has !== null || (holds && !holds(before, after))) continue;
    for (const state of to) reached.add(state); // a Set's loop goes on to what is added meanwhile
  }
  return reached;
}

/** `anywhere`: the match may begin and end at any place; else it is the whole text. */
function matches(start: State, accept: State, text: string, anywhere: boolean): boolean {
  const characters = Array.from(text);
  let states = reach([start], undefined, characters[0]);
  for (const [i, character] of characters.entries()) {
    if (anywhere && states.has(accept)) return true;
    const advanced = [...states].filter(({ has }) => has?.(character)).map(({ to }) => to[0]!);
    states = reach(anywhere ? [...advanced, start] : advanced, character, characters[i + 1]);
  }
  return states.has(accept);
}

const costOf = ({ has, entries, to }: State): number =>
  has === null ? to.length : Math.ceil(entries / COMPARISONS);

/** A pattern ready to match, or what is wrong with it. */
export function compilePattern(
  pattern: string,
  ignoreCase = false,
): { pattern: Pattern } | { problem: string } {
  if (pattern.length > MAX_TEXT) return { problem: `Give at most ${MAX_TEXT} characters.` };
  const accept: State = { has: null, entries: 0, holds: null, to: [] };
  const states: State[] = [];
  try {
    const start = builder(states)(parsePattern(pattern, ignoreCase), accept);
    return {
      pattern: {
        cost: states.reduce((sum, state) => sum + costOf(state), 0),
        isIn: (text) => matches(start, accept, text, true),
        isWhole: (text) => matches(start, accept, text, false),
      },
    };
  } catch (error) {
    if (error instanceof PatternProblem) return { problem: error.message };
    throw error;
  }
}
