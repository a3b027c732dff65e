/**
 * Feeds inputs to one reader and watches it. A reader keeps its word when it never throws what has
 * no words, says why it refuses, gives back what it accepted, and takes neither long nor much
 * memory. Times are measured, not judged: what is too long is for the caller to say.
 */
import { CodedError } from '../../../models/errors.ts';
import { Draw } from './draw.ts';

export interface Target {
  name: string;
  /**
   * Makes an input and reads it. Resolves with what was said of it; null: it was accepted and
   * came back the same. Throws whatever should not happen.
   */
  read(draw: Draw): Promise<string | null> | string | null;
}

export interface Figures {
  name: string;
  inputs: number;
  accepted: number;
  slowestMs: number;
  slowestInput: number;
  /** Largest growth of memory in one input. */
  mostBytes: number;
  seconds: number;
}

/** What a refusal says, where it is one; anything else goes on as what it is. */
export async function refusalOf(read: () => unknown): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.message;
  }
}

export function requireSame(before: unknown, after: unknown, what: string): void {
  const [a, b] = [JSON.stringify(before), JSON.stringify(after)];
  if (a !== b) throw new Error(`${what} differs: ${a.slice(0, 200)} became ${b.slice(0, 200)}`);
}

/** A sentence, and one of this project: what a schema library says by itself is for developers. */
function requireWords(said: string): void {
  const own = /[a-z]{2}/.test(said) && !/Invalid \w+: Expected/.test(said);
  if (!own) throw new Error(`it says ${JSON.stringify(said.slice(0, 300))}`);
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/**
 * Reads the inputs `from` up to `to` of a seed. `onInput` is told before each one, for a watchdog.
 * Throws at the first input that a reader does not deal with, naming it.
 */
export async function drive(
  target: Target,
  seed: number,
  [from, to]: readonly [number, number],
  onInput: (index: number) => void = () => undefined,
): Promise<Figures> {
  const begin = performance.now();
  const figures = { name: target.name, inputs: to - from, accepted: 0 };
  const worst = { slowestMs: 0, slowestInput: from, mostBytes: 0 };
  for (let index = from; index < to; index++) {
    onInput(index);
    const before = memory();
    const start = performance.now();
    try {
      const said = await target.read(new Draw(seed, index));
      if (said === null) figures.accepted += 1;
      else requireWords(said);
    } catch (error) {
      throw new Error(`${target.name}: input ${index} of seed ${seed}`, { cause: error });
    }
    const ms = performance.now() - start;
    worst.mostBytes = Math.max(worst.mostBytes, memory() - before);
    if (ms > worst.slowestMs) Object.assign(worst, { slowestMs: ms, slowestInput: index });
  }
  return { ...figures, ...worst, seconds: (performance.now() - begin) / 1000 };
}
