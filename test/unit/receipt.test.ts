/**
 * Receipts: they travel in a link and come back as they were; whatever is altered in one is
 * noticed; and what a run made again says of one. The run is the recorded one of the default recipe.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { changedFields, parseConfig } from '../../src/rft/config.ts';
import { milestoneSteps } from '../../src/rft/digest.ts';
import { decodeLink, encodeLink, receiptLink } from '../../src/rft/link.ts';
import {
  packReceipt,
  readReceipt,
  shortDevice,
  receiptOf,
  type PackedReceipt,
  type Receipt,
} from '../../src/rft/receipt.ts';
import { compareMilestones, verdictOf } from '../../src/rft/verdict.ts';
import type { RunInfo, StepMetrics } from '../../src/session/protocol.ts';
import { readRecording } from '../../src/session/recording.ts';
import { whyNoReceipt } from '../../src/session/shared.ts';
import { verdictSaid } from '../../src/ui/claim/claimText.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const origin = { codeVersion: sha('code').slice(0, 12), policyHash: sha('policy') };

let rows: StepMetrics[];
let receipt: Receipt;

beforeAll(async () => {
  const file = new Uint8Array(readFileSync('public/recordings/calculatorChain.run'));
  const { recording } = await readRecording(file);
  const { config, backend } = recording!;
  const milestones = milestoneSteps(config);
  rows = recording!.rows.map((row) =>
    milestones.includes(row.step) ? { ...row, digest: sha(`step ${row.step}`) } : row,
  );
  receipt = receiptOf({ config, backend, finished: true, origin }, rows)!;
});

test('the default run’s whole link is under 2 KB and brings its receipt and recipe', () => {
  const text = receiptLink(receipt)!;
  expect(text).toMatch(/^v2\./);
  expect(`https://example.org/rft-playground/#${text}`.length).toBeLessThan(2048);
  const link = decodeLink(text);
  expect(link).toEqual({ config: receipt.config, receipt, receiptProblem: null, problem: null });
  expect(receipt.milestones.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(receipt.milestones[6]!.values.eval_greedy).toBe(rows[60]!.values['eval_greedy']);
});

test('a link with a receipt written today is read for ever', () => {
  // Frozen text: change the format by adding a version, never by changing this line.
  const { config } = parseConfig({ seed: 3, maxSteps: 2, device: 'portable' });
  const milestones = [
    { step: 0, digest: '0123456789abcdef', values: { eval_greedy: 0.25 } },
    { step: 2, digest: 'fedcba9876543210', values: { reward: 0.1, eval_greedy: 0.5 } },
  ];
  const small: Receipt = {
    config: config!,
    codeVersion: '0123456789ab',
    policyHash: 'abcdef0123456789',
    backend: 'wasm',
    device: 'CPU, 1 thread, SIMD',
    milestones,
  };
  const written =
    'v2.imqfLVWOMWvDMBCF_4q5WRRbthzLa7t0KBRCJ2PKSTq3ooptJDVpCPnvPS8JGW5573Hfd4FI1q8E_QUSkYO-FuDo6C1HsC4xowkEAg74t8-0JujlVYBd3NaXlawb1e46jYY36xK8PXOOxjqa7i13Bu0PzfwfTpgOHNwgz-8foqiK_B0JnSj2r28vG49y9JZxAxueMDrO6Ijh8yuy5hlGnvhAKS8zbauhFA86mwCI-TcEUT5JNYpBCpjIWYO627WqqWVVAncVnxr5XSIMrNPqrjLUSCU1g4zStp50jaR4L5upges_';
  expect(receiptLink(small)).toBe(written);
  expect(decodeLink(written)).toMatchObject({ config, receipt: small, problem: null });
});

test('a device with a long name is told by its first part, and the receipt can be read', () => {
  const backend = { backend: 'webgpu' as const, device: 'long '.repeat(40) };
  const long = receiptOf({ config: receipt.config, backend, finished: true, origin }, rows)!;
  expect(long.device).toBe(shortDevice(backend.device));
  expect(backend.device.startsWith(long.device)).toBe(true);
  expect(readReceipt(packReceipt(long))).toEqual({ receipt: long, problem: null });
});

describe('there is no receipt', () => {
  const source = () => ({
    ...receipt,
    backend: { backend: 'wasm' as const, device: 'CPU' },
    origin,
  });

  test('of a run that has not ended, or of unknown origin', () => {
    expect(receiptOf({ ...source(), finished: false }, rows)).toBeNull();
    expect(receiptOf({ ...source(), finished: true, origin: undefined }, rows)).toBeNull();
  });

  test('where a milestone has no digest, or no row', () => {
    const blank = rows.map((row) => (row.step === 30 ? { step: 30, values: row.values } : row));
    expect(receiptOf({ ...source(), finished: true }, blank)).toBeNull();
    expect(receiptOf({ ...source(), finished: true }, rows.slice(0, -1))).toBeNull();
  });
});

describe('an altered receipt is noticed', () => {
  const alterations: Record<string, (json: PackedReceipt) => void> = {
    'another setting': (json) => (json.recipe['seed'] = 2),
    'another code': (json) => (json.code = '0'.repeat(12)),
    'another base': (json) => (json.policy = '0'.repeat(16)),
    'another backend': (json) => (json.backend = 'webgpu'),
    'another device': (json) => (json.device += '.'),
    'other names': (json) => json.metrics.reverse(),
    'a better figure': (json) => (json.milestones[3]![3] = 1),
    'a figure by its last bit': (json) => (json.milestones[3]![3] = 0.1 + 0.2),
    'a missing figure': (json) => (json.milestones[6]![2] = null),
    'another digest': (json) => (json.milestones[2]![1] = '0'.repeat(16)),
    'another step': (json) => (json.milestones[2]![0] = 21),
    'another seal': (json) => (json.seal = '0'.repeat(32)),
  };

  test.each(Object.entries(alterations))('%s', (_name, alter) => {
    const json = structuredClone(packReceipt(receipt));
    expect(readReceipt(json).problem).toBeNull();
    alter(json);
    expect(readReceipt(json)).toEqual({
      receipt: null,
      problem: expect.stringMatching(/does not match its own digest: it was altered/) as string,
    });
  });

  test('what is nested too deep to be written is no receipt', () => {
    const deep = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`) as unknown;
    const { problem } = readReceipt({ ...packReceipt(receipt), recipe: { seed: deep } });
    expect(problem).toMatch(/not one that this page can read/);
  });

  test.each([
    ['nothing', null],
    ['a list', []],
    ['a recipe alone', { recipe: {} }],
    ['NaN', { milestones: [[0, 'x', Number.NaN]] }],
  ])('%s is no receipt', (_name, json) => {
    expect(readReceipt(json).problem).toMatch(/not one that this page can read/);
  });

  test('sealed anew over steps that its recipe does not have, it is refused as well', () => {
    const { config } = parseConfig({ ...changedFields(receipt.config), evalSteps: 20 });
    const json = packReceipt({ ...receipt, config: config! });
    expect(readReceipt(json).problem).toMatch(/milestones are not those of its recipe/);
  });
});

describe('a receipt that claims nothing to hold it to is refused, well sealed as it is', () => {
  const bare = (values: (step: number) => Receipt['milestones'][0]['values']) =>
    packReceipt({
      ...receipt,
      milestones: receipt.milestones.map((one) => ({ ...one, values: values(one.step) })),
    });

  test.each([
    ['no figures at all', () => ({})],
    ['figures without a tolerance alone', () => ({ loss: 0.1, entropy: 1, grad_norm: 1 })],
    ['no accuracy at one milestone', (step: number) => (step === 30 ? {} : { eval_greedy: 0.5 })],
    ['an accuracy that is none', () => ({ eval_greedy: 2 })],
  ])('%s', (_name, values) => {
    expect(readReceipt(bare(values)).problem).toMatch(/no held-out accuracy at step (0|30), which/);
  });

  test('its recipe is used all the same', () => {
    const link = decodeLink(receiptLink({ ...receipt, milestones: bareMilestones() })!);
    expect([link.receipt, link.problem, link.config]).toEqual([null, null, receipt.config]);
    expect(link.receiptProblem).toMatch(/no held-out accuracy/);
  });

  test('and without reading, no other bits make a verdict of it', () => {
    const claim = { ...receipt, milestones: bareMilestones() };
    const compared = compareMilestones(
      claim,
      rows.map(({ step, values }) => ({ step, values })),
    );
    const verdict = verdictOf(claim, compared, origin.policyHash);
    expect(verdict).toEqual({ kind: 'unchecked', step: 0 });
    const about = { milestones: compared, isRun: true, isFromFile: false, sameBits: false };
    expect(verdictSaid(verdict, about).tone).toBe('warn');
  });

  const bareMilestones = () => receipt.milestones.map((one) => ({ ...one, values: {} }));
});

test('a link without the receipt of its run says why', () => {
  const why = (run: Partial<RunInfo>, made: Receipt | null) => whyNoReceipt(run as RunInfo, made);
  expect(why({ finished: false, origin }, null)).toContain('has not finished');
  expect(why({ finished: true }, null)).toContain('before there were receipts');
  expect(why({ finished: true, origin }, null)).toContain('another device or with another version');
  expect(why({ finished: true, origin }, receipt)).toContain('too long for a link');
});

test('links without a receipt are the ones they were', () => {
  const text = encodeLink(receipt.config);
  expect(text).toMatch(/^v1\./);
  expect(decodeLink(text)).toEqual({
    ...{ config: receipt.config, receipt: null, receiptProblem: null, problem: null },
  });
});

describe('verdict', () => {
  const verdict = (changed: readonly StepMetrics[]) =>
    verdictOf(receipt, compareMilestones(receipt, changed), origin.policyHash);
  const from = (step: number, change: (row: StepMetrics) => StepMetrics) =>
    rows.map((row) => (row.step >= step ? change(row) : row));
  const otherDigest = (row: StepMetrics): StepMetrics =>
    row.digest === undefined ? row : { ...row, digest: sha(row.digest) };
  const off = (key: string, by: number) => (row: StepMetrics) =>
    key in row.values ? { ...row, values: { ...row.values, [key]: row.values[key]! + by } } : row;

  test('the same run is identical, and nothing is said before its end', () => {
    expect(verdict(rows)).toEqual({ kind: 'identical' });
    expect(verdict([])).toBeNull();
    expect(verdict(rows.slice(0, 45))).toBeNull();
  });

  test('other digests with figures within the tolerance', () => {
    const near = from(20, (row) => off('reward', 0.1)(otherDigest(row)));
    expect(verdict(near)).toEqual({ kind: 'tolerance', step: 20 });
  });

  test('figures that were not compared are named: without a tolerance, or not told', () => {
    const near = from(20, (row) => off('loss', 1)(otherDigest(row)));
    const untold = {
      ...receipt,
      milestones: receipt.milestones.map(({ values, ...one }) => ({
        ...one,
        values: { eval_greedy: values.eval_greedy!, loss: values.loss! },
      })),
    };
    const texts = [receipt, untold].map((claim) => {
      const milestones = compareMilestones(claim, near);
      const found = verdictOf(claim, milestones, origin.policyHash);
      const about = { milestones, isRun: true, isFromFile: false, sameBits: false };
      return [found?.kind, /Not compared: [^.]*\./.exec(verdictSaid(found, about).text)?.[0]];
    });
    expect(texts).toEqual([
      ['tolerance', 'Not compared: loss.'],
      ['tolerance', expect.stringMatching(/^Not compared: .*pass@1, total, .*loss.*\.$/)],
    ]);
  });

  test('figures beyond the tolerance, at once, with both values', () => {
    const far = from(20, (row) => off('eval_greedy', -0.2)(otherDigest(row)));
    const claimed = rows[20]!.values['eval_greedy']!;
    const value = { key: 'eval_greedy', claimed, here: claimed - 0.2, within: false };
    expect(verdict(far)).toEqual({ kind: 'different', step: 20, value, bitsStep: 20 });
    expect(verdict(far.slice(0, 21))).toEqual(verdict(far));
  });

  test('a figure that is off by a bit is no measurement of a run with this digest', () => {
    expect(verdict(from(30, off('reward', 2 ** -50)))).toMatchObject({
      ...{ kind: 'different', step: 30, value: { key: 'reward' }, bitsStep: null },
    });
  });

  test('where the bits differ first, and which figure is off first, are told apart', () => {
    const near = from(10, otherDigest);
    const far = near.map((row) => (row.step >= 40 ? off('eval_greedy', -0.2)(row) : row));
    const found = verdict(far);
    expect(found).toMatchObject({ kind: 'different', step: 40, bitsStep: 10 });
    const milestones = compareMilestones(receipt, far);
    const compared = { milestones, isRun: true, isFromFile: false, sameBits: null };
    const { title, text } = verdictSaid(found, compared);
    expect(title).toBe('Other bits from step 10, a figure beyond the tolerance at step 40');
    const [here, claimed] = [milestones[1]!.here!, milestones[1]!.claimed];
    expect(text).toContain(
      `The bits differ first at step 10: digest ${here} here, ${claimed} claimed.`,
    );
    expect(text).toMatch(/beyond the tolerance is at step 40: greedy .* here, .* claimed; digest/);
    const early = verdictSaid(verdict(from(20, (row) => off('reward', 1)(otherDigest(row)))), {
      ...compared,
      milestones: compareMilestones(receipt, from(20, otherDigest)),
    });
    expect(early.title).toBe('First difference at step 20');
  });

  test('another base policy is said before anything else', () => {
    const here = sha('another policy');
    expect(verdictOf(receipt, compareMilestones(receipt, rows), here)).toEqual({
      ...{ kind: 'otherBase', claimed: receipt.policyHash, here: here.slice(0, 16) },
    });
  });

  test('without digests of its own a run is never called identical', () => {
    const bare = rows.map(({ step, values }) => ({ step, values }));
    expect(verdict(bare)).toEqual({ kind: 'tolerance', step: 0 });
  });
});
