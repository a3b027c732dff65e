/**
 * What happens around a run that is going, made to happen in the real browser: the tab sleeps, the
 * clock jumps, the site's data are cleared, the page is left while a checkpoint is written, a new
 * version of the page is put in its place. The run survives, or the page says what is left.
 */
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import {
  banner,
  linkTo,
  PATIENCE,
  pause,
  press,
  readMetrics,
  tiny,
  unhurried,
  waitForEnd,
  waitForStatus,
  waitForStep,
} from './lab.ts';

const wasm = { webgpu: false };
const all = ['0', '1', '2', '3', '4', '5', '6'];

const stepsOf = async (page: Page) => (await readMetrics(page)).map(({ step }) => step);

/** What the run comes to when nothing happens. */
let undisturbed: Promise<Awaited<ReturnType<typeof readMetrics>>> | null = null;

function reference() {
  undisturbed ??= (async () => {
    const visitor = await visit(linkTo(unhurried), wasm);
    await press(visitor.page, 'Run');
    await waitForEnd(visitor.page);
    const rows = await readMetrics(visitor.page);
    await visitor.close();
    return rows;
  })();
  return undisturbed;
}

test('a tab that was frozen and thawed goes on, and comes to the same', async () => {
  const visitor = await visit(linkTo(unhurried), wasm);
  const { page } = visitor;
  const session = await page.context().newCDPSession(page);
  await press(page, 'Run');
  await waitForStep(page, 2);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await waitForEnd(page);
  expect(await readMetrics(page)).toEqual(await reference());
  expect(await page.getByRole('alert').count()).toBe(0);
  await visitor.close();
});

/** Sets the clock of the page and of its trainer, in days from now. */
async function jumpClock(page: Page, days: number): Promise<void> {
  const jump = (by: number) => {
    Date.now = () => performance.timeOrigin + performance.now() + by * 86_400_000;
  };
  const trainer = page.workers().find((worker) => worker.url().includes('trainer'));
  await trainer!.evaluate(jump, days);
  await page.evaluate(jump, days);
}

test('a clock that jumps back and forth changes nothing but the dates', async () => {
  const visitor = await visit(linkTo(unhurried), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 1);
  await jumpClock(page, -400);
  await waitForStep(page, 3);
  await jumpClock(page, 40);
  await waitForEnd(page);
  expect(await readMetrics(page)).toEqual(await reference());
  const times = await page
    .locator('[data-key=step_time][data-value]')
    .evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.value)));
  expect(times).toHaveLength(6);
  for (const seconds of times) expect(seconds).toSatisfy((t: number) => t > 0 && t < 60);
  // The newest checkpoint is the one of the last step, whatever the dates say.
  await page.getByRole('link', { name: /^Runs/ }).click();
  await page.getByRole('button', { name: /^Checkpoints of/ }).click();
  const newest = page.locator('[data-step]').first();
  expect(await newest.textContent()).toMatch(/step 6.*newest/);
  await visitor.close();
});

test('storage cleared under a run: it is saved anew, whole, and that is said', async () => {
  const visitor = await visit(linkTo(unhurried), wasm);
  const { page } = visitor;
  const session = await page.context().newCDPSession(page);
  await press(page, 'Run');
  await waitForStep(page, 2);
  await session.send('Storage.clearDataForOrigin', {
    origin: new URL(inject('appUrl')).origin,
    storageTypes: 'all',
  });
  const note = page.getByRole('alert').filter({ hasText: 'cleared while the run went' });
  await note.waitFor();
  expect(await note.textContent()).toMatch(/saved anew at step \d, with all its metrics/);
  await waitForEnd(page);
  expect(await readMetrics(page)).toEqual(await reference());
  await page.reload();
  await page.getByRole('link', { name: /^Compare/ }).click();
  const row = page.getByTestId('compare-runs').locator('tbody tr');
  await row.filter({ hasText: '6 / 6' }).waitFor();
  expect(await row.count()).toBe(1);
  await visitor.close();
});

/** Leaves the page at once when it begins to write the next checkpoint. */
function leaveWhileSaving(page: Page): Promise<void> {
  return page.evaluate(() => {
    const status = document.querySelector('[data-testid=status]');
    const look = () => {
      if (status?.textContent.includes('writing a checkpoint')) location.replace('about:blank');
    };
    if (status) new MutationObserver(look).observe(status, { subtree: true, characterData: true });
  });
}

test('a page left in the middle of a checkpoint goes on from the one before or from it', async () => {
  const visitor = await visit(linkTo(unhurried), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  const seen = await waitForStep(page, 2);
  await leaveWhileSaving(page);
  await page.waitForURL('about:blank');
  await page.goto(inject('appUrl'));
  const offer = await banner(page, 'stopped at step');
  const at = Number(/stopped at step (\d+)/.exec((await offer.textContent()) ?? '')?.[1]);
  expect(at).toBeGreaterThanOrEqual(seen - 1);
  await press(page, 'Resume');
  await waitForEnd(page);
  expect(await readMetrics(page)).toEqual(await reference());
  await visitor.close();
});

test('a new version put in place mid-run: the run goes on, and a reload keeps it', async () => {
  const visitor = await visit(linkTo({ ...unhurried, maxSteps: 40, evalSteps: 40 }), {
    ...wasm,
    allow: /404|dynamically imported module/,
  });
  const { page } = visitor;
  await press(page, 'Run');
  const at = await waitForStep(page, 1);
  await page.route('**/assets/**', (route) => route.fulfill({ status: 404 })); // the old files
  await page.getByRole('link', { name: /^Runs/ }).click();
  await page.getByText('the site was updated since it was opened').waitFor();
  await page.getByRole('link', { name: /^Lab/ }).first().click();
  await waitForStep(page, at + 1); // untouched
  await pause(page);
  await page.getByText('All metrics as a table').click();
  await press(page, 'Save all metrics as CSV');
  await page.getByText('The CSV could not be made').waitFor();
  await page.getByTestId('change-panel').getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('The dry run is done but cannot be shown').waitFor({ timeout: PATIENCE });
  await press(page, 'close');
  await page.getByRole('link', { name: /^Runs/ }).click();
  await page.getByText('This page could not be loaded').waitFor();
  await page.unroute('**/assets/**');
  await press(page, 'load it again');
  await page.getByRole('heading', { name: 'Runs', level: 2 }).waitFor();
  await page.getByRole('button', { name: /^Resume / }).click();
  await waitForStep(page, at + 2);
  await visitor.close();
});

test('a trainer that is no longer there to be loaded says so, and a reload mends it', async () => {
  const visitor = await visit(linkTo(tiny), { ...wasm, allow: /404/ });
  const { page } = visitor;
  const trainer = '**/assets/trainer.worker*';
  await page.route(trainer, (route) => route.fulfill({ status: 404 }));
  await press(page, 'Run');
  await banner(page, 'The trainer could not be loaded');
  await waitForStatus(page, 'Stopped by a failure');
  await page.unroute(trainer);
  await press(page, 'Reload the page');
  await press(page, 'Run');
  await waitForEnd(page);
  expect(await stepsOf(page)).toEqual(all);
  await visitor.close();
});
