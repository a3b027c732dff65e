/**
 * Two tabs on one run: one writes, the other is told so, watches it as it goes, and takes over when
 * the first one ends. Both are real pages of one browser with one storage.
 */
import type { Locator, Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import {
  banner,
  linkTo,
  PATIENCE,
  pause,
  press,
  readMetrics,
  unhurried,
  waitForEnd,
  waitForStep,
} from './lab.ts';

/** It does not come to its end while the tabs are looked at, however fast the machine. */
const long = { ...unhurried, maxSteps: 1000, evalSteps: 1000 };

const openRuns = (page: Page): Promise<void> => page.getByRole('link', { name: /^Runs/ }).click();

async function secondTab(page: Page, path = ''): Promise<Page> {
  const second = await page.context().newPage();
  await second.goto(`${inject('appUrl')}${path}`);
  return second;
}

test('a second tab watches a run live, cannot touch it, and takes over when the first closes', async () => {
  const visitor = await visit(linkTo(long), { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 2);

  const second = await secondTab(page);
  await banner(second, 'Another tab is running “');
  await openRuns(second);
  const row = second.getByTestId('runs').getByRole('article');
  await row.getByText('running in another tab').waitFor();
  expect(await row.getByRole('button', { name: /^Delete/ }).isDisabled()).toBe(true);
  expect(await row.getByRole('button', { name: /^Resume/ }).count()).toBe(0);

  await row.getByRole('button', { name: /^Watch/ }).click();
  await banner(second, 'You are watching');
  const seen = await waitForStep(second, 3);
  await waitForStep(second, seen + 1); // it moves
  await second
    .getByTestId('rollouts')
    .getByText(/step \d+/)
    .first()
    .waitFor();
  for (const name of ['Run', 'Pause', 'Step', 'Stop']) {
    expect(await second.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
  }
  await pause(page);
  await second.getByTestId('status').getByText('Paused at step').waitFor();
  const shown = await readMetrics(page);
  expect(await readMetrics(second)).toEqual(shown);

  await page.close();
  await banner(second, 'The other tab runs it no more');
  await press(second, 'Go on here');
  const at = Number(shown.at(-1)?.step);
  await waitForStep(second, at + 1);
  const after = await readMetrics(second);
  expect(after.slice(0, at + 1)).toEqual(shown);
  await visitor.close();
});

test('a resume that comes too late is refused with words, and offers to watch', async () => {
  const visitor = await visit(linkTo({ ...long, maxSteps: 12, evalSteps: 12 }), { webgpu: false });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 2);
  await page.reload();
  const second = await secondTab(page);
  const offers = [page, second].map((tab) => tab.getByRole('button', { name: 'Resume' }));
  for (const offer of offers) await offer.waitFor({ timeout: PATIENCE });
  // At once: a mouse would come too late, since a run that is taken is offered to be watched.
  const pressNow = (offer: Locator) => offer.evaluate((button) => (button as HTMLElement).click());
  await Promise.all(offers.map(pressNow));
  const tabs = [page, second];
  const refused = await Promise.race(
    tabs.map(async (tab) => {
      await banner(tab, 'Another tab is running this run.');
      return tab;
    }),
  );
  await press(refused, 'Watch live');
  await banner(refused, 'finished and kept');
  const [writer] = tabs.filter((tab) => tab !== refused);
  await waitForEnd(writer!);
  expect(await readMetrics(refused)).toEqual(await readMetrics(writer!));
  await visitor.close();
});
