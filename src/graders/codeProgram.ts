/**
 * From any JSON value to a checked piece of reward code: its name, source and range. Whether the
 * source is a program at all is for the sandbox to say; nothing is compiled here.
 */
import { codeLimits, type CodeProgram } from './codeReward.ts';

const NAME = /^[\w-]{1,40}$/;
const LARGEST_RANGE = 100;

export interface ProgramProblem {
  field: 'name' | 'source' | 'range' | '';
  message: string;
}

export type ParsedProgram =
  | { program: CodeProgram; problems: readonly [] }
  | { program: null; problems: readonly ProgramProblem[] };

const isRange = (value: unknown): value is [number, number] =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((end) => typeof end === 'number' && Math.abs(end) <= LARGEST_RANGE) &&
  (value[0] as number) < (value[1] as number);

const known = ['name', 'source', 'range'];

/** Never throws. The range is [0, 1] where none is given. */
export function checkProgram(input: object): ParsedProgram {
  const { name, source, range = [0, 1] } = input as Record<string, unknown>;
  const problems: ProgramProblem[] = [];
  if (typeof name !== 'string' || !NAME.test(name)) {
    const message = 'Give a name of 1 to 40 letters (a to z), digits, _ or -.';
    problems.push({ field: 'name', message });
  }
  if (typeof source !== 'string' || source.length > codeLimits.sourceLength) {
    const most = codeLimits.sourceLength.toLocaleString('en');
    problems.push({ field: 'source', message: `Give code of at most ${most} characters.` });
  }
  if (!isRange(range)) {
    const message = `Give two numbers, the lower first, within ±${LARGEST_RANGE}.`;
    problems.push({ field: 'range', message });
  }
  const unknown = Object.keys(input).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    problems.push({ field: '', message: 'There is no such setting of reward code.' });
  }
  if (problems.length > 0) return { program: null, problems };
  const [min, max] = range as [number, number];
  const ends = Object.freeze([min + 0, max + 0] as const);
  const program = { name: name as string, source: source as string, range: ends };
  return { program: Object.freeze(program), problems: [] };
}
