/** What the reward dialog is given; apart, so that the page can name it without loading the dialog. */
import type { CodeInput } from '../../graders/codeReward.ts';
import type { GraderKindName } from '../../graders/grader.ts';
import type { RewardSpec } from '../../rft/rewardSpec.ts';
import type { Check } from '../../session/codeCheck.svelte.ts';
import type { EditableReward } from '../../session/rewardDraft.ts';

export interface RewardDialogProps {
  /** Taken once, when the dialog opens. */
  spec: EditableReward;
  title: string;
  /** Names of the recipe's other rewards. */
  taken: readonly string[];
  /** Kinds of grader that fit the task (`kindsFor`). */
  kinds: readonly GraderKindName[];
  /** What reward code would be given, for one real completion. */
  sample?: CodeInput | undefined;
  /** Compiles reward code in the sandbox. */
  check: Check;
  /** Whether a dry run can be made now. */
  canTry: boolean;
  onSave: (spec: RewardSpec) => void;
  /** Saves as well, then makes a dry run. */
  onTry: (spec: RewardSpec) => void;
  /** Follows every end: a save, a try, a cancel. Then the dialog may be taken away. */
  onClose: () => void;
}
