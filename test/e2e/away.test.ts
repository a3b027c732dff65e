/**
 * A visitor who looks elsewhere while a run goes: the screen stays on for as long as it trains, and
 * whoever asked is told of the end. Headless Chromium has no screen and shows no notification, so
 * what the page asks of the browser is written down at the browser's own functions.
 */
import type { Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import { linkTo, openPage, pause, press, tiny, unhurried, waitForEnd, waitForStep } from './lab.ts';

interface Asked {
  locks: { released: boolean }[];
  notices: { title: string; body: string }[];
  hidden: boolean;
}

/** Before any script of the page: writes down what it asks for; `hidden` puts it out of sight. */
function writeDown(): void {
  const asked: Asked = { locks: [], notices: [], hidden: false };
  Object.assign(globalThis, { asked });
  Object.defineProperty(document, 'visibilityState', {
    get: () => (asked.hidden ? 'hidden' : 'visible'),
  });
  Object.defineProperty(navigator, 'wakeLock', {
    value: {
      request: () => {
        const lock = { released: false, release: () => Promise.resolve((lock.released = true)) };
        asked.locks.push(lock);
        return Promise.resolve(lock);
      },
    },
  });
  // A function, since its statics come from outside: called with new all the same.
  function Noted(title: string, { body }: { body: string }): void {
    asked.notices.push({ title, body });
  }
  Object.assign(Noted, { requestPermission: () => Promise.resolve('granted') });
  Object.assign(globalThis, { Notification: Noted });
}

const asked = (page: Page): Promise<Asked> =>
  page.evaluate(() => (globalThis as unknown as { asked: Asked }).asked);

const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    (globalThis as unknown as { asked: Asked }).asked.hidden = value;
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

async function arrive(url: string) {
  const visitor = await visit('about:blank', { webgpu: false });
  await visitor.page.addInitScript(writeDown);
  await visitor.page.goto(url);
  return visitor;
}

test('the screen stays on while a run goes, and only then', async () => {
  const visitor = await arrive(linkTo({ ...unhurried, maxSteps: 500, saveSteps: 500 }));
  const { page } = visitor;
  expect((await asked(page)).locks).toEqual([]);
  await press(page, 'Run');
  await waitForStep(page, 1);
  expect((await asked(page)).locks).toMatchObject([{ released: false }]);
  await pause(page);
  await expect.poll(async () => (await asked(page)).locks[0]?.released).toBe(true);
  await visitor.close();
});

test('who asked for it is told of the end when the page is out of sight', async () => {
  const visitor = await arrive(linkTo(tiny));
  const { page } = visitor;
  await page.getByTestId('notify').check();
  await press(page, 'Run');
  await waitForEnd(page);
  expect((await asked(page)).notices).toEqual([]); // it was in sight
  await setHidden(page, true);
  await press(page, 'Run');
  await expect.poll(async () => (await asked(page)).notices.length).toBe(1);
  const [notice] = (await asked(page)).notices;
  expect(notice?.title).toBe('Run finished');
  expect(notice?.body).toMatch(/Finished after 6 steps.*Held-out accuracy/);
  await visitor.close();
});

test('the end of a race is told as well', async () => {
  const visitor = await arrive(linkTo({ ...tiny, maxSteps: 2, evalSteps: 2 }));
  const { page } = visitor;
  await openPage(page, 'compare');
  await page.locator('main.beside').getByTestId('notify').check();
  await setHidden(page, true);
  await press(page, 'Start the race');
  await expect.poll(async () => (await asked(page)).notices.length).toBe(1);
  const [notice] = (await asked(page)).notices;
  expect(notice?.title).toBe('Race over');
  expect(notice?.body).toMatch(/^RFT: step 2 of 2, held-out accuracy .+ SFT: step 2 of 2, /);
  await visitor.close();
});

test('a browser that refuses is believed, and the wish is not left standing', async () => {
  const visitor = await visit(inject('appUrl'), { webgpu: false, permissions: [] });
  const { page } = visitor;
  const wish = page.getByTestId('notify');
  await wish.click();
  await page.getByText('The browser does not allow it.').waitFor();
  expect(await wish.isChecked()).toBe(false);
  await visitor.close();
});
