/** The whole journey without WebGPU: the run goes on WASM, and the reward moves. */
import { beforeAll, expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import {
  banner,
  heldOut,
  linkTo,
  pause,
  press,
  readMetrics,
  reopen,
  share,
  unhurried,
  waitForEnd,
  waitForStep,
  type MetricRow,
} from './lab.ts';

/** Two prompts and a high learning rate: learnt by heart, which shows within a few steps. */
const recipe = linkTo({
  ...unhurried,
  learningRate: 7e-4,
  warmupSteps: 0,
  numEvalPrompts: 8,
  maxSteps: 12,
  evalSteps: 6,
});

/** What a run from start to end in one go gives, and the address it was shared by. */
let uninterrupted: MetricRow[];
let shared: string;

beforeAll(async () => {
  const visitor = await visit(recipe, { webgpu: false });
  const { page } = visitor;
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await press(page, 'Run');
  await waitForEnd(page);
  const device = await page.getByTestId('device').textContent();
  expect(device).toContain('WASM');
  expect(device).toMatch(/WebGPU.+Training runs on the CPU instead/s);
  uninterrupted = await readMetrics(page);
  shared = await share(page);
  expect(await heldOut(page, 'eval-base')).toBe(Number(uninterrupted[0]!['eval_greedy']));
  expect(await heldOut(page, 'eval-now')).toBe(Number(uninterrupted.at(-1)!['eval_greedy']));
  await visitor.close();
});

test('a page without WebGPU says so before anything is pressed', async () => {
  const visitor = await visit(inject('appUrl'), { webgpu: false });
  const notice = visitor.page.getByText('This browser offers no WebGPU here');
  await notice.waitFor();
  await visitor.close();
});

test('the reward moves', () => {
  const rewards = uninterrupted.slice(1).map((row) => Number(row['reward']));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(rewards).toHaveLength(12);
  expect(mean(rewards.slice(-3))).toBeGreaterThan(mean(rewards.slice(0, 3)) + 0.1);
});

test('the shared link, with pause, reload and resume on the way, gives the same metrics', async () => {
  const visitor = await visit(shared, { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 4);
  await pause(page);
  const paused = await waitForStep(page, 4);
  await page.reload();
  await banner(page, `stopped at step ${paused} of 12`);
  await press(page, 'Resume');
  await waitForEnd(page);
  expect(await readMetrics(page)).toStrictEqual(uninterrupted);
  await visitor.close();
});

test('closing the tab in mid-run loses at most one interval', async () => {
  const visitor = await visit(recipe, { webgpu: false });
  await press(visitor.page, 'Run');
  const seen = await waitForStep(visitor.page, 5);
  const page = await reopen(visitor.page);
  const offer = await (await banner(page, 'stopped at step')).textContent();
  const kept = Number(/stopped at step (\d+) of 12/.exec(offer ?? '')?.[1]);
  expect(kept).toBeGreaterThanOrEqual(seen - 1);
  await press(page, 'Resume');
  await waitForEnd(page);
  expect(await readMetrics(page)).toStrictEqual(uninterrupted);
  await visitor.close();
});
