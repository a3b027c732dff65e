/**
 * Which runs a link's claim is compared with: only such as were made here. A recorded run of the
 * same recipe and one from a file, which can be forged together with the link, get no verdict.
 */
import { beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import { codeVersion } from '../../src/rft/codeVersion.ts';
import { firstLink } from '../../src/rft/digest.ts';
import { packReceipt, readReceipt, receiptOf, type Receipt } from '../../src/rft/receipt.ts';
import { Claim } from '../../src/session/claim.svelte.ts';
import { LabState } from '../../src/session/labState.svelte.ts';
import type { RunInfo, StepMetrics } from '../../src/session/protocol.ts';
import { expectsSameBits, verdictSaid } from '../../src/ui/claim/claimText.ts';

const { config } = parseConfig({ maxSteps: 2, evalSteps: 2 });
const policyHash = firstLink('policy');
const run: RunInfo = {
  ...{ id: 'a', name: 'a run', config: config!, createdAt: 1, updatedAt: 2, step: 2 },
  ...{ finished: true, evalGreedy: 0.5, bytes: 0 },
  backend: { backend: 'wasm', device: 'CPU' },
  origin: { codeVersion: '0123456789ab', policyHash },
};
const rows: StepMetrics[] = [0, 2].map((step) => ({
  ...{ step, values: { eval_greedy: step / 4 }, digest: firstLink(`${step}`) },
}));
const receipt: Receipt = receiptOf(run, rows)!;

let state: LabState;
let claim: Claim;

beforeEach(() => {
  state = new LabState();
  claim = new Claim(state);
  claim.take(receipt, null);
  state.begin(config!);
});

const said = () =>
  verdictSaid(claim.verdict, {
    ...{ milestones: claim.milestones, isRun: claim.isRun, isFromFile: claim.isFromFile },
    sameBits: true,
  });

function show(shown: RunInfo): void {
  state.receive({ type: 'run', run: shown });
  state.receive({ type: 'metrics', rows, history: true });
}

test('a run of the recipe that was made here is compared', () => {
  expect(claim.isRun).toBe(false); // it is still loading
  show(run);
  expect([claim.isRun, claim.verdict]).toEqual([true, { kind: 'identical' }]);
  expect(said().title).toBe('Identical, bit for bit');
  state.receive({ type: 'run', run: { ...run, config: { ...config!, seed: 9 } } });
  expect([claim.isRun, claim.verdict]).toEqual([false, null]);
});

test('a recording of the recipe is not: it is no run', () => {
  state.receive({ type: 'metrics', rows, history: true });
  expect([claim.isRun, claim.isFromFile, claim.verdict]).toEqual([false, false, null]);
  expect(claim.milestones.every(({ reached }) => !reached)).toBe(true);
  expect(said()).toMatchObject({ title: 'Not verified yet', tone: 'plain' });
});

test('a run from a file is not, and that is said', () => {
  show({ ...run, imported: true });
  expect([claim.isRun, claim.isFromFile, claim.verdict]).toEqual([false, true, null]);
  expect(said().title).toBe('Not verified yet');
  expect(said().text).toMatch(/came from a file, which anyone can have written.* Verify runs/);
});

test('a device of a long name is known again by its receipt', () => {
  const backend = { backend: 'webgpu' as const, device: `A GPU of ${'many words '.repeat(20)}` };
  const made = { ...receiptOf({ ...run, backend }, rows)!, codeVersion };
  const { receipt: read } = readReceipt(packReceipt(made));
  expect(expectsSameBits(read!, backend)).toBe(true);
  expect(expectsSameBits(read!, { ...backend, device: 'A GPU of few words' })).toBe(false);
});
