/**
 * How each shipped base policy is pretrained: which tasks in which shares, for how long. The bases
 * are lazy rather than bad: they can do every single step and mostly do not bother, which is what
 * reinforcement has to discover. So there are two phases: practice, with much careful work, and
 * habits, the mixture that the base ends up with. Example i is f(seed, i); held-out prompts are
 * never drawn.
 */
import type { PretrainingRecipe, PretrainingText } from '../src/rft/pretraining.ts';
import type { PolicyName } from '../src/rft/policyTable.ts';
import { adjudication } from '../src/tasks/adjudication.ts';
import { adjudicationCompletion } from '../src/tasks/adjudicationPretraining.ts';
import { calculatorChain } from '../src/tasks/calculatorChain.ts';
import { pretrainingCompletion, recipeMixture } from '../src/tasks/calculatorChainPretraining.ts';
import { pickShare } from '../src/tasks/chance.ts';
import { countdown, type CountdownExample } from '../src/tasks/countdown.ts';
import { countdownCompletion, countdownMixture } from '../src/tasks/countdownPretraining.ts';
import { programSynthesis, type ProgramExample } from '../src/tasks/programSynthesis.ts';
import { programCompletion, programMixture } from '../src/tasks/programSynthesisPretraining.ts';
import type { Draw, Example, Task } from '../src/tasks/task.ts';

/** One task's part in a mixture. */
export interface Ingredient {
  task: Task;
  /** Share of the texts, in [0, 1]. */
  share: number;
  completion(example: Example, draw: Draw): string;
}

export interface BaseRecipe {
  /** Share of the steps that are practice, in [0, 1]; the rest are habits. */
  practiceShare: number;
  practice: readonly Ingredient[];
  habits: readonly Ingredient[];
  training: PretrainingRecipe;
}

/** Shares of the easy and the standard level; what is left of 1 is hard. */
const levelShares = [0.1, 0.8];

/** The calculator chain in either phase; its habits are guesses, so that greedy decoding guesses. */
const chains = {
  practice: { ...recipeMixture, guess: 0.3, lazy: 0.3, guessRight: 0.1, guessNear: 0.45 },
  habits: { ...recipeMixture, guess: 0.7, lazy: 0.22, guessRight: 0.1, guessNear: 0.45 },
};

/** Countdown in either phase. */
const attempts = {
  practice: { ...countdownMixture, direct: 0.2, stopAfterMiss: 0.25 },
  habits: countdownMixture,
};

const shared = (phase: 'practice' | 'habits'): readonly Ingredient[] =>
  [
    {
      task: calculatorChain,
      share: 0.48,
      completion: (example, draw) => pretrainingCompletion(example, draw, chains[phase]),
    },
    {
      task: countdown,
      share: 0.42,
      completion: (example: CountdownExample, draw) =>
        countdownCompletion(example, draw, attempts[phase]),
    },
    { task: adjudication, share: 0.1, completion: adjudicationCompletion },
  ] satisfies Ingredient[];

const training: PretrainingRecipe = {
  seed: 7,
  steps: 4000,
  batchSize: 64,
  warmupSteps: 100,
  peakLearningRate: 3e-3,
  finalShare: 0.03,
  adamBeta1: 0.9,
  adamBeta2: 0.98,
  adamEpsilon: 1e-8,
  weightDecay: 0.05,
  maxGradNorm: 1,
};

const sharedRecipe: BaseRecipe = {
  practiceShare: 0.55,
  practice: shared('practice'),
  habits: shared('habits'),
  training,
};

/** Its mixtures in either phase. */
const programs = {
  practice: { ...programMixture, guess: 0.2, lazy: 0.2 },
  habits: programMixture,
};

const program = (phase: 'practice' | 'habits'): readonly Ingredient[] =>
  [
    {
      task: programSynthesis,
      share: 1,
      completion: (example: ProgramExample, draw) =>
        programCompletion(example, draw, programs[phase]),
    },
  ] satisfies Ingredient[];

export const baseRecipes: Partial<Record<PolicyName, BaseRecipe>> = {
  'base-0.4M': sharedRecipe,
  'base-0.2M': sharedRecipe,
  'base-0.1M': sharedRecipe,
  'program-0.4M': {
    practiceShare: 0.55,
    practice: program('practice'),
    habits: program('habits'),
    training: { ...training, steps: 1600 },
  },
};

/** The mixture of a step, counted from 0. */
export function ingredientsAt(recipe: BaseRecipe, step: number): readonly Ingredient[] {
  const practising = step < recipe.practiceShare * recipe.training.steps;
  return practising ? recipe.practice : recipe.habits;
}

/** One text of the mixture. */
export function textOf(ingredients: readonly Ingredient[], draw: Draw): PretrainingText {
  const at = pickShare(
    draw,
    ingredients.map(({ share }) => share),
  );
  const ingredient = ingredients[Math.min(at, ingredients.length - 1)]!;
  const example = ingredient.task.example(draw, false, 1 + pickShare(draw, levelShares));
  return { prompt: example.prompt, completion: ingredient.completion(example, draw) };
}
