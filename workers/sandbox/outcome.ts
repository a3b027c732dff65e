/**
 * What one call in the sandbox came to, from what its prelude tells: a score, or an error in words
 * and with its place in the user's source. Pure; nothing here runs user code.
 */
import { codeError, type CodeError, type CodeProgram } from '../../src/graders/codeReward.ts';

/** What prelude.js' `tell` writes. */
export interface Told {
  /** null, a number, 'NaN', 'Infinity', '-Infinity', 'true', 'false' or the name of a type. */
  returned?: number | string | null;
  thrown?: true;
  /** Thrown by the engine itself, or null. */
  internal?: boolean;
  name?: string;
  message?: string;
  stack?: string;
  lines: string[];
  written: number;
}

export type Scored = { score: number | null } | { error: CodeError };

/** The file name that user code is run under. */
export const sourceName = 'reward.js';
const place = /reward\.js:(\d{1,5})(?::(\d{1,5}))?/;

const tooDeep =
  'it calls itself too deeply, or something in it is nested too deeply (stack overflow)';

/** Where an error's stack says it happened. QuickJS counts columns in code points, editors in UTF-16. */
export function placeIn(source: string, stack: string): { line: number; column: number } | null {
  const [, line, column] = place.exec(stack) ?? [];
  const text = source.split('\n')[Number(line ?? 0) - 1];
  if (text === undefined) return null;
  const before = Array.from(text)
    .slice(0, Number(column ?? 1) - 1)
    .join('');
  return { line: Number(line), column: before.length + 1 };
}

/** True where memory ran out, for certain (`full` or not) or, for a bare null, if memory was full. */
export function ranOutOfMemory(told: Told, full: boolean): boolean {
  if (!told.thrown || !told.internal) return false;
  return told.name === '' ? full : told.message === 'out of memory';
}

export const memoryError = codeError('memory', 'The call ran out of memory.');
export const crashError = codeError('thrown', `InternalError: ${tooDeep}`);

function thrownError(told: Told, source: string): CodeError {
  const { name = '', message = '', stack = '' } = told;
  const words = told.internal && message === 'stack overflow' ? tooDeep : message;
  return {
    kind: 'thrown',
    message: name === '' ? `threw ${words}` : words === '' ? name : `${name}: ${words}`,
    ...(placeIn(source, stack) ?? { line: null, column: null }),
  };
}

/** What to do about the commonest values that are no number. */
const advice: Record<string, string> = {
  undefined: 'reward returned nothing: every path through it must return a number or null.',
  true: 'reward returned true: return 1 instead.',
  false: 'reward returned false: return 0 instead.',
  promise: 'reward returned a promise: it must not be async, there is nothing to wait for.',
};

function returnedScore(value: number | string | null, { range: [min, max] }: CodeProgram): Scored {
  if (value === null) return { score: null };
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
    return { error: codeError('nan', `reward returned ${value}.`) };
  }
  if (typeof value === 'string') {
    const article = /^[aeiou]/.test(value) ? 'an' : 'a';
    const message = advice[value] ?? `reward returned ${article} ${value}, not a number.`;
    return { error: codeError('not-a-number', message) };
  }
  if (value >= min && value <= max) return { score: value + 0 }; // -0 becomes 0
  return { error: codeError('range', `reward returned ${value}, outside ${min} to ${max}.`) };
}

export const scoredNumber = (value: number, program: CodeProgram): Scored =>
  returnedScore(value, program);

export const scoredReport = (told: Told, program: CodeProgram): Scored =>
  told.thrown
    ? { error: thrownError(told, program.source) }
    : returnedScore(told.returned ?? null, program);

/** The error of a source that could not even be loaded. */
export function loadError(told: Told, source: string, isSyntax: boolean): CodeError {
  const error = thrownError(told, source);
  return isSyntax ? { ...error, kind: 'syntax' } : error;
}
