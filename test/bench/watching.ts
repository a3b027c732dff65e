/**
 * What watching costs: the same run, bit for bit, in a page in sight and in one behind another tab,
 * in turns; and how long the page takes to answer while a run goes.
 */
import type { Page } from 'puppeteer-core';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { openBuiltPage, pressRun, runEnded, stepsDone, storedMetrics } from './builtPage.ts';
import { printTable } from './table.ts';

const steps = 40;
const recipe: Partial<RunConfig> = { maxSteps: steps, evalSteps: steps, saveSteps: steps };
/** Each neighbours the other equally often, so that a drift of the machine favours neither. */
const turns = ['seen', 'hidden', 'hidden', 'seen', 'seen', 'hidden', 'hidden', 'seen'] as const;

/** Mean step in milliseconds, without the first, which compiles. */
async function timeOfRun(page: Page): Promise<number> {
  await runEnded(page);
  const times = (await storedMetrics(page)).flatMap(({ values }) => values['step_time'] ?? []);
  return (1000 * times.slice(1).reduce((sum, time) => sum + time, 0)) / (times.length - 1);
}

interface Noted {
  presses: { name: string; at: number }[];
  interactions: { at: number; ms: number }[];
}

/** Collects what the browser itself says of every interaction: from input to the next paint. */
const collectInteractions = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const noted: Noted = { presses: [], interactions: [] };
    Object.assign(window, { noted });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[]) {
        if (entry.interactionId === 0) continue;
        noted.interactions.push({ at: entry.startTime, ms: entry.duration });
      }
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a visitor presses; selectors of the Lab and of the pages beside it. */
async function pressAround(page: Page): Promise<number> {
  let pressed = 0;
  const all = async (selector: string, most: number): Promise<void> => {
    for (const element of (await page.$$(selector)).slice(0, most)) {
      if (!(await element.isVisible())) continue;
      await element.scrollIntoView();
      await pause(500); // nobody presses in the frame they scroll in
      await element.evaluate((one) => {
        const name = one.getAttribute('aria-label') ?? one.textContent.trim();
        const { noted } = window as unknown as { noted: Noted };
        noted.presses.push({ name, at: performance.now() });
      });
      await element.click();
      pressed += 1;
      await pause(300);
    }
  };
  await all('main summary', 8);
  await all('.rollouts button:not(:disabled)', 8);
  await all('.controls ~ * button, .plain:not(:disabled)', 12);
  for (const href of ['#compare', '#try', '#learn', '#lab']) await all(`nav [href$="${href}"]`, 1);
  await all('nav button, nav a', 6);
  return pressed;
}

interface Answers {
  pressed: number;
  /** Milliseconds to the next paint by what was pressed, the longest first. */
  longest: [name: string, ms: number][];
}

/** The longest of each press; an interaction may be told of long after it. */
function longestOf({ presses, interactions }: Noted): Answers['longest'] {
  const longest = presses.map(({ name, at }, i): [string, number] => {
    const end = presses[i + 1]?.at ?? Infinity;
    const own = interactions.filter((one) => one.at >= at && one.at < end);
    return [`${String(i + 1)}: ${name}`, Math.max(0, ...own.map(({ ms }) => ms))];
  });
  return longest.sort(([, a], [, b]) => b - a);
}

/**
 * Has every frame of the page taken, as a display does: headless Chromium otherwise presents a small
 * change only with the next larger one, and tells so of the press before it.
 */
async function showFrames(page: Page): Promise<void> {
  const session = await page.createCDPSession();
  session.on('Page.screencastFrame', ({ sessionId }) => {
    void session.send('Page.screencastFrameAck', { sessionId });
  });
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 10 });
}

/** Presses around in the page as it is now. */
async function answersOf(page: Page): Promise<Answers> {
  await showFrames(page);
  await collectInteractions(page);
  const pressed = await pressAround(page);
  await pause(1000);
  const noted = await page.evaluate(() => (window as unknown as { noted: Noted }).noted);
  return { pressed, longest: longestOf(noted) };
}

export async function benchWatching(): Promise<void> {
  const built = await openBuiltPage();
  const { browser, page } = built;
  const times: Record<(typeof turns)[number], number[]> = { seen: [], hidden: [] };
  for (const turn of turns) {
    await built.open(recipe);
    await pressRun(page);
    await stepsDone(page, 1);
    const front = turn === 'hidden' ? await browser.newPage() : page;
    await front.bringToFront();
    const state = await page.evaluate(() => document.visibilityState);
    if ((state === 'hidden') !== (turn === 'hidden')) throw new Error(`the page is ${state}`);
    times[turn].push(await timeOfRun(page));
    if (front !== page) await front.close();
    await page.bringToFront();
  }
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const seen = mean(times.seen);
  const hidden = mean(times.hidden);

  await built.open({ ...recipe, maxSteps: 2000, evalSteps: 20, saveSteps: 20 });
  await pressRun(page);
  await stepsDone(page, 3);
  const going = await answersOf(page);
  await built.open({ ...recipe, maxSteps: 10, evalSteps: 5, saveSteps: 5 });
  await pressRun(page);
  await runEnded(page);
  const ended = await answersOf(page);
  printTable(`watching: ${String(steps)} steps of the default lesson, WASM`, [
    ['step in a page in sight', seen, 'ms'],
    ['step in a hidden page', hidden, 'ms'],
    ['in sight more than hidden', 100 * (seen / hidden - 1), '%'],
  ]);
  for (const [name, { pressed, longest }] of Object.entries({ going, ended })) {
    printTable(`presses while a run is ${name}, to the next paint`, [
      ['presses', pressed, ''],
      ['of them over 100 ms', longest.filter(([, ms]) => ms > 100).length, ''],
      ...longest.slice(0, 6).map(([what, ms]) => [what, ms, 'ms'] as const),
    ]);
  }
  await built.close();
}
