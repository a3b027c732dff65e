/** What a rewards editor asks of the Lab. */
import type { CodeError, CodeProgram } from '../../graders/codeReward.ts';
import type { Lab } from '../../session/lab.svelte.ts';

export interface RewardLab {
  /** Whether a dry run can be made now. */
  canTry: boolean;
  /** Scores samples, gold answers and the user's own texts with the recipe's rewards. */
  tryOut: () => void;
  check: (program: CodeProgram) => Promise<CodeError | null>;
  /** Does `then` once the code may run here: at once, or after the user was asked. */
  allow: (program: CodeProgram, then: () => void) => void;
}

export const rewardLabOf = (lab: Lab): RewardLab => ({
  canTry: lab.can.dryRun && !lab.dry.busy,
  tryOut: () => lab.dryRun(),
  check: (program) => lab.checkReward(program),
  allow: (program, then) => lab.consent.beforeCode([program], then),
});
