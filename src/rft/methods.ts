/** The methods of fine-tuning by their name in the config; each moves a learner on by one step. */
import type { Method } from './configTable.ts';
import { rejectionStep, supervisedStep } from './imitationStep.ts';
import type { Learner } from './learner.ts';
import type { OnPhase, OnSampled, StepResult } from './stepRow.ts';
import { trainStep } from './trainStep.ts';

type Step = (learner: Learner, onPhase: OnPhase, onSampled: OnSampled) => Promise<StepResult>;

const steps: Record<Method, Step> = {
  rft: trainStep,
  sft: supervisedStep,
  rejection: rejectionStep,
};

/**
 * One step of the config's method. `onPhase` tells what is being done, for the status line;
 * `onSampled` is called by those that sample, before the update.
 */
export function takeStep(
  learner: Learner,
  onPhase: OnPhase = () => undefined,
  onSampled: OnSampled = () => Promise.resolve(),
): Promise<StepResult> {
  return steps[learner.config.method](learner, onPhase, onSampled);
}
