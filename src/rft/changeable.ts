/** The settings that may change while a run goes, and a change of them at a step. Plain data. */
import type { RewardSpec } from './rewardSpec.ts';

/** The settings that may change; a type of its own, since RunConfig holds changes. */
export interface Changeable {
  readonly rewards?: readonly RewardSpec[];
  readonly rewardWeights?: readonly number[];
  readonly learningRate?: number;
  readonly temperature?: number;
  readonly beta?: number;
}

export interface RecipeChange extends Changeable {
  /** The first step that it applies to, from 1. */
  readonly step: number;
}

export const changeableFields = [
  'rewards',
  'rewardWeights',
  'learningRate',
  'temperature',
  'beta',
] as const satisfies readonly (keyof Changeable)[];
