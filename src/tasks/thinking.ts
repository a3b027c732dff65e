/**
 * The shape all tasks share: a completion is `<thinking>answer`.
 * Two readers with different manners: `parts` shows any text to a person, `strictAnswer` is what
 * scoring trusts and forgives nothing.
 */
import type { Scored } from './task.ts';

/**
 * Thinking and answer for display. An unclosed `<` makes everything thinking; without any tag
 * everything is answer; a second `>` stays in the answer, where a reader will see it.
 */
export function parts(completion: string): { thinking: string; answer: string } {
  const start = completion.startsWith('<') ? 1 : 0;
  const end = completion.indexOf('>');
  if (end >= 0)
    return { thinking: completion.slice(start, end), answer: completion.slice(end + 1) };
  return start === 1
    ? { thinking: completion.slice(1), answer: '' }
    : { thinking: '', answer: completion };
}

/**
 * The answer of a completion that ended in eos and reads exactly `<thinking>answer`, with one of
 * each tag and `<` in front; null for anything else. The answer may be empty and is not trimmed.
 */
export function strictAnswer({ completion, ended }: Scored): string | null {
  return ended ? (/^<[^<>]*>([^<>]*)$/.exec(completion)?.[1] ?? null) : null;
}
