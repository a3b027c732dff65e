/** What is said of a receipt: what it claims, what to expect here, and the verdict. Pure. */
import { codeVersion } from '../../rft/codeVersion.ts';
import { shortDevice, type Receipt } from '../../rft/receipt.ts';
import {
  tolerances,
  type ComparedMilestone,
  type ComparedValue,
  type Verdict,
} from '../../rft/verdict.ts';
import { metricInfo } from '../../session/metricTable.ts';
import type { BackendInfo } from '../../session/protocol.ts';
import { metric, share } from '../format.ts';

const backends = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'plain JavaScript' } as const;

/** `93.3 %`. */
export function valueText(key: string, value: number | null): string {
  return value === null ? '–' : metric(metricInfo(key).format, value);
}

export function claimText({ config, milestones, backend, device }: Receipt): string {
  const [first, last] = [milestones[0], milestones.at(-1)].map((one) => one?.values.eval_greedy);
  const accuracy =
    first === undefined || last === undefined
      ? ''
      : `held-out accuracy from ${share(first)} to ${share(last)} in `;
  return (
    `It claims that this recipe gave ${accuracy}${config.maxSteps} steps, on ` +
    `${backends[backend]} (${device}).`
  );
}

/** Whether this page should get the claimed bits; null: that depends on a device not known yet. */
export function expectsSameBits(receipt: Receipt, here: BackendInfo | null): boolean | null {
  if (receipt.codeVersion !== codeVersion) return false;
  if (receipt.config.device === 'portable') return true;
  if (here === null) return null;
  return receipt.backend === here.backend && receipt.device === shortDevice(here.device);
}

/** What to expect of a run here. */
export function expectationText(receipt: Receipt, here: BackendInfo | null): string {
  if (receipt.codeVersion !== codeVersion) {
    return (
      `It was made by another version of this page (${receipt.codeVersion}, this one is ` +
      `${codeVersion}): what differs may come from the page itself.`
    );
  }
  const same = expectsSameBits(receipt, here);
  if (receipt.config.device === 'portable') {
    return 'It was made in portable mode, in which every machine and every browser computes the same bits.';
  }
  if (same === true) return 'It was made on a device like this one, which computes the same bits.';
  const other = 'the figures should agree within the tolerance, the bits will not.';
  return same === null
    ? `On a device like that one the same bits are computed; on another ${other}`
    : `It was made on another kind of device: ${other}`;
}

/** The tolerance, stated. */
export const toleranceText =
  `Within the tolerance: at every milestone rewards are at most ${tolerances.reward!.most} off, ` +
  `accuracies ${100 * tolerances.eval_greedy!.most} points, mean lengths ` +
  `${share(tolerances['completions/mean_length']!.most)}.`;

/** Which figures were not compared at some milestone; empty where all were. */
export function notComparedText(milestones: readonly ComparedMilestone[]): string {
  const reached = milestones.filter((one) => one.reached).flatMap(({ values }) => values);
  const keys = new Set(reached.filter(({ within }) => within === null).map(({ key }) => key));
  const labels = [...keys].map((key) => metricInfo(key).label);
  return labels.length === 0 ? '' : ` Not compared: ${labels.join(', ')}.`;
}

const at = (
  milestones: readonly ComparedMilestone[],
  step: number,
): ComparedMilestone | undefined => milestones.find((one) => one.step === step);

const digestsAt = (milestones: readonly ComparedMilestone[], step: number): string =>
  `digest ${at(milestones, step)?.here ?? 'none'} here, ${at(milestones, step)?.claimed ?? ''} claimed`;

export interface Said {
  title: string;
  text: string;
  tone: 'good' | 'warn' | 'bad' | 'plain';
}

/** What is known of the run that is compared. */
export interface Compared {
  milestones: readonly ComparedMilestone[];
  /** A run of the claimed recipe, made here, is on the page. */
  isRun: boolean;
  /** One from a file is. */
  isFromFile: boolean;
  /** Whether it should have the claimed bits; null: not known. */
  sameBits: boolean | null;
}

/** Before there is a verdict: how far the comparison has come. */
function soFar({ milestones, isRun, isFromFile }: Compared): Said {
  if (!isRun) {
    const what = isFromFile
      ? 'The run on the page came from a file, which anyone can have written together with the claim.'
      : 'Anyone can write such a claim.';
    const text = `${what} Verify runs the same recipe here and compares.`;
    return { title: 'Not verified yet', text, tone: 'plain' };
  }
  const reached = milestones.filter((one) => one.reached);
  const same = reached.every(({ claimed, here }) => claimed === here);
  return {
    title: `${reached.length} of ${milestones.length} milestones compared`,
    text: same ? 'So far they are identical.' : 'So far their figures are within the tolerance.',
    tone: 'plain',
  };
}

/** `greedy 93.3 % here, 95.3 % claimed`, to the last digit where that is what differs. */
function figureText({ key, here, claimed }: ComparedValue): string {
  const texts = [valueText(key, here), valueText(key, claimed)];
  const [own, other] = texts[0] === texts[1] ? [here, claimed].map(String) : texts;
  return `${metricInfo(key).label} ${own} here, ${other} claimed`;
}

/** The figure that is off, and what its own digest says of it. */
function offText(
  { step, value }: Extract<Verdict, { kind: 'different' }>,
  milestones: readonly ComparedMilestone[],
): string {
  const one = at(milestones, step);
  return one?.claimed === one?.here
    ? `${figureText(value)}, although tokens, rewards and weights are the claimed ones: that figure ` +
        'was not measured on this run.'
    : `${figureText(value)}; ${digestsAt(milestones, step)}.`;
}

type SaidOf<K extends Verdict['kind']> = (
  verdict: Extract<Verdict, { kind: K }>,
  compared: Compared,
) => Said;

const words: { [K in Verdict['kind']]: SaidOf<K> } = {
  identical: (_, { milestones }) => ({
    title: 'Identical, bit for bit',
    text:
      `All ${milestones.length} milestones have the claimed figures and digests: the same tokens, ` +
      'rewards and weights.',
    tone: 'good',
  }),
  otherBase: ({ here, claimed }) => ({
    title: 'Another base policy',
    text: `The run here started from the base policy ${here}, the claimed one from ${claimed}.`,
    tone: 'bad',
  }),
  tolerance: ({ step }, { milestones, sameBits }) => ({
    title: 'The same within the tolerance, but not bit for bit',
    text:
      `${toleranceText}${notComparedText(milestones)} The bits differ first at step ${step}: ` +
      `${digestsAt(milestones, step)}.` +
      (sameBits === true ? ' Here they should have been the same.' : ''),
    tone: sameBits === true ? 'warn' : 'good',
  }),
  unchecked: ({ step }) => ({
    title: 'Other bits, and too little to compare',
    text: `There is no held-out accuracy to compare at step ${step}, so this says nothing of the claim.`,
    tone: 'warn',
  }),
  different: (verdict, { milestones }) => {
    const { step, bitsStep } = verdict;
    const off = offText(verdict, milestones);
    if (bitsStep === null || bitsStep >= step) {
      return { title: `First difference at step ${step}`, text: off, tone: 'bad' };
    }
    return {
      title: `Other bits from step ${bitsStep}, a figure beyond the tolerance at step ${step}`,
      text:
        `The bits differ first at step ${bitsStep}: ${digestsAt(milestones, bitsStep)}. The first ` +
        `figure beyond the tolerance is at step ${step}: ${off}`,
      tone: 'bad',
    };
  },
};

export function verdictSaid(verdict: Verdict | null, compared: Compared): Said {
  if (verdict === null) return soFar(compared);
  const say = words[verdict.kind] as (verdict: Verdict, compared: Compared) => Said;
  return say(verdict, compared);
}
