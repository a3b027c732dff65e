/**
 * What the base policy of program synthesis is pretrained on: programs guessed at a glance,
 * derivations broken off half way, and a share of careful ones. Every sum it needs is there; that
 * it pays to do all three of them is left to reinforcement.
 */
import { chance, pick, pickShare } from './chance.ts';
import { withFormatNoise, type FormatNoise } from './formatNoise.ts';
import { derive, FACTORS, OFFSETS, programText, type ProgramExample } from './programSynthesis.ts';
import { nearMiss } from './slips.ts';
import type { Draw } from './task.ts';

/** Probabilities, all in [0, 1]. */
export interface ProgramMixture extends FormatNoise {
  /** No thinking: the program is guessed. */
  guess: number;
  /** The derivation stops after one or two sums; what is left of 1 is careful. */
  lazy: number;
  /** A guessed factor is right. */
  factorRight: number;
  /** A guessed offset is right. */
  offsetRight: number;
  /** A written sum whose result is wrong. */
  wrongStep: number;
}

export const programMixture: Readonly<ProgramMixture> = {
  guess: 0.55,
  lazy: 0.27,
  factorRight: 0.3,
  offsetRight: 0.1,
  wrongStep: 0.01,
  untagged: 0.125,
  trailing: 0.125,
};

/** One completion of the mixture for an example of program synthesis. */
export function programCompletion(
  example: ProgramExample,
  draw: Draw,
  mixture: Readonly<ProgramMixture> = programMixture,
): string {
  const kind = pickShare(draw, [mixture.guess, mixture.lazy]);
  const count = [0, 1 + draw(2), 3][kind]!;
  const derived = derive(example, (right) =>
    chance(draw, mixture.wrongStep) ? nearMiss(right, draw, () => true) : right,
  );
  const guessed = {
    factor: chance(draw, mixture.factorRight) ? example.factor : pick(draw, FACTORS),
    offset: chance(draw, mixture.offsetRight) ? example.offset : pick(draw, OFFSETS),
  };
  const { factor } = count > 0 ? derived : guessed;
  const { offset } = count > 2 ? derived : guessed;
  const reversed = example.reversed && (count > 0 || chance(draw, 0.5));
  const program = programText(factor, offset, reversed);
  return withFormatNoise(derived.sums.slice(0, count).join(), program, draw, mixture);
}
