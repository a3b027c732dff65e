/** The methods of fine-tuning by their name in the config; each moves a learner on by one step. */
import type { Method } from './configTable.ts';
import { rejectionStep, supervisedStep } from './imitationStep.ts';
import type { Learner } from './learner.ts';
import type { OnPhase, StepResult } from './stepRow.ts';
import { trainStep } from './trainStep.ts';

const steps: Record<Method, (learner: Learner, onPhase: OnPhase) => Promise<StepResult>> = {
  rft: trainStep,
  sft: supervisedStep,
  rejection: rejectionStep,
};

/** One step of the config's method. `onPhase` tells what is being done, for the status line. */
export function takeStep(
  learner: Learner,
  onPhase: OnPhase = () => undefined,
): Promise<StepResult> {
  return steps[learner.config.method](learner, onPhase);
}
