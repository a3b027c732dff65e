/**
 * What "add reward" offers for a task: its own reward functions, graders, code, and the one with a
 * known hole. Each item carries the spec that it adds; nothing is drawn or added here.
 */
import { graderKindNames, type GraderKindName } from '../graders/grader.ts';
import { graderKinds } from '../graders/graderKinds.ts';
import type { RewardSpec, TaskReward } from '../rft/rewardSpec.ts';
import { newCode, newGrader } from './newReward.ts';

/** What of a task the menu needs. */
export interface OfferingTask {
  rewards: readonly Named[];
  proxy: Named & { hole: string };
  /** Runs the hidden unit tests; only tasks that have some. */
  testResults?: unknown;
}

interface Named {
  name: string;
  meaning: string;
}

export interface MenuItem {
  label: string;
  meaning: string;
  /** What is wrong with it on purpose. */
  hole?: string;
  /** Why it cannot be added now. */
  unavailable?: string;
  spec: RewardSpec;
  /** True when it is to be set up before it is of use. */
  edit: boolean;
}

export interface MenuGroup {
  title: string;
  items: readonly MenuItem[];
}

/** The kinds of grader that have something to say about this task. */
export const kindsFor = ({
  testResults,
}: Pick<OfferingTask, 'testResults'>): readonly GraderKindName[] =>
  graderKindNames.filter((kind) => kind !== 'unit_tests' || testResults !== undefined);

const ownReward = (name: string): TaskReward => Object.freeze({ kind: 'task', name });

/** One of the task's own; its name is given, so another reward of that name stands in its way. */
function ownItem({ name, meaning }: Named, used: readonly RewardSpec[]): MenuItem {
  const item = { label: name, meaning, spec: ownReward(name), edit: false };
  return used.some((reward) => reward.name === name)
    ? { ...item, unavailable: `Another reward is called ${name}.` }
    : item;
}

export function rewardMenu(task: OfferingTask, used: readonly RewardSpec[]): MenuGroup[] {
  const { rewards, proxy } = task;
  const inUse = (name: string) => used.some((one) => one.kind === 'task' && one.name === name);
  const own = [...rewards, proxy].filter(({ name }) => !inUse(name));
  const taken = [...used, ...rewards, proxy].map(({ name }) => name);
  const groups: MenuGroup[] = [
    {
      title: 'The task’s own',
      items: own.filter((one) => one !== proxy).map((one) => ownItem(one, used)),
    },
    {
      title: 'Graders',
      items: kindsFor(task).map((kind) => {
        const { label, meaning } = graderKinds[kind];
        return { label, meaning, spec: newGrader(kind, taken), edit: true };
      }),
    },
    {
      title: 'Code',
      items: [
        {
          label: 'Your own function',
          meaning: 'A JavaScript function of yours; it runs in a sandbox.',
          spec: newCode(taken),
          edit: true,
        },
      ],
    },
    {
      title: 'With a known hole (for teaching)',
      items: own
        .filter((one) => one === proxy)
        .map((one) => ({ ...ownItem(one, used), hole: proxy.hole })),
    },
  ];
  return groups.filter(({ items }) => items.length > 0);
}
