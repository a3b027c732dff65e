/**
 * Untidy endings for pretraining text: some completions lose their tags, some carry junk after
 * the answer. It gives the base policy a format worth improving; no reward ever uses it.
 */
import { chance, pick, pickShare } from './chance.ts';
import type { Draw } from './task.ts';

/** Shares of untidy completions; what is left of 1 is clean. */
export interface FormatNoise {
  /** Tags missing: `thinking>answer` or the bare answer, half each. */
  untagged: number;
  /** Junk after the answer, one of four kinds. */
  trailing: number;
}

/** `<thinking>answer`, or an untidy version of it. */
export function withFormatNoise(
  thinking: string,
  answer: string,
  draw: Draw,
  noise: FormatNoise,
): string {
  const clean = `<${thinking}>${answer}`;
  switch (pickShare(draw, [noise.untagged, noise.trailing])) {
    case 0: // without thinking only the bare answer is left
      return thinking !== '' && chance(draw, 0.5) ? `${thinking}>${answer}` : answer;
    case 1:
      return clean + pick(draw, [`,${answer}`, ';', `>${answer}`, `= ${answer}`]);
    default:
      return clean;
  }
}
