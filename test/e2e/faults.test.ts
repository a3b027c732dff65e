/**
 * What goes wrong around a run, made to go wrong in the real browser: each gives a message on the
 * page that says what happened, keeps everything else, and leaves a way on.
 */
import type { CDPSession, Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';
import {
  banner,
  linkTo,
  pause,
  press,
  readMetrics,
  tiny,
  tinyWebGpu,
  unhurried,
  waitForEnd,
  waitForStatus,
  waitForStep,
} from './lab.ts';

const wasm = { webgpu: false };

const stepsOf = async (page: Page) => (await readMetrics(page)).map(({ step }) => Number(step));

test.each([
  ['a damaged link', 'v1.AAAAq1ZKzi9KBQA', /link is damaged/],
  ['a link cut short', linkTo(tiny).split('#')[1]!.slice(0, -5), /link is damaged/],
  ['a link of a newer version', 'v9.AAAA', /newer version of this page/],
])('%s is refused with a message, and the default recipe stands', async (_name, link, message) => {
  const visitor = await visit(`${inject('appUrl')}#${link}`, wasm);
  const { page } = visitor;
  const shown = await banner(page, message);
  expect(await shown.textContent()).toContain('The default recipe is shown instead.');
  expect(await page.getByLabel('Steps', { exact: true }).inputValue()).toBe('60');
  await page.evaluate((good) => {
    location.hash = good;
  }, linkTo(tiny).split('#')[1]!);
  await shown.waitFor({ state: 'detached' });
  expect(await page.getByLabel('Steps', { exact: true }).inputValue()).toBe('6');
  await visitor.close();
});

test('a base policy that is missing or cut short stops the start, and Run works again', async () => {
  const visitor = await visit(linkTo(tiny), { ...wasm, allow: /404/ });
  const { page } = visitor;
  const file = '**/model.safetensors';
  await page.route(file, (route) => route.fulfill({ status: 404 }));
  await press(page, 'Run');
  await banner(page, 'The base policy could not be loaded.');
  await page.unroute(file);
  await page.route(file, async (route) => {
    const body = await (await route.fetch()).body();
    await route.fulfill({ body: body.subarray(0, 5000) });
  });
  await press(page, 'Start again');
  await banner(page, /damaged|corrupt|truncated|incomplete/);
  await page.unroute(file);
  await press(page, 'Run');
  await waitForEnd(page);
  expect(await stepsOf(page)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await visitor.close();
});

/** Flips one bit in the tensors of the checkpoint with the highest step. */
function damageNewestCheckpoint(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(request.error?.message));
      });
    const database = await settled(indexedDB.open('rft-playground'));
    const stepOf = (key: string) => Number(key.split(':')[1]);
    const table = () =>
      database.transaction('checkpointBytes', 'readwrite').objectStore('checkpointBytes');
    const keys = (await settled(table().getAllKeys())) as string[];
    const newest = keys.sort((a, b) => stepOf(b) - stepOf(a))[0]!;
    const bytes = (await settled(table().get(newest))) as Uint8Array;
    bytes[bytes.length >> 1]! ^= 1;
    const changed = table();
    await settled(changed.put(bytes, newest));
    // A reload would abort what is not committed yet, and the checkpoint would be whole again.
    await new Promise<void>((resolve) => {
      changed.transaction.oncomplete = () => resolve();
    });
    database.close();
    return stepOf(newest);
  });
}

test('a checkpoint with a flipped bit is passed over for the one before', async () => {
  const visitor = await visit(linkTo(unhurried), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 2);
  await pause(page);
  const newest = await damageNewestCheckpoint(page);
  await page.reload();
  await press(page, 'Resume');
  const note = await banner(page, 'damaged');
  expect(await note.textContent()).toContain(`it goes on from step ${newest - 1}`);
  await waitForEnd(page);
  expect(await stepsOf(page)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await visitor.close();
});

const setQuota = (session: CDPSession, quotaSize?: number) =>
  session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(inject('appUrl')).origin,
    ...(quotaSize !== undefined && { quotaSize }),
  });

// Chromium remembers for half a minute how much room it had found, so it is taken before the run.
test('a full disk pauses the run and says so; with room again it goes on, nothing lost', async () => {
  const visitor = await visit(linkTo(tiny), wasm);
  const { page } = visitor;
  const session = await page.context().newCDPSession(page);
  await setQuota(session, 100_000);
  await press(page, 'Run');
  const note = await banner(page, 'no room left');
  await waitForStatus(page, /^Paused at step/);
  const before = await readMetrics(page);
  expect(before.length).toBeGreaterThan(1);
  await setQuota(session);
  await press(page, 'Run');
  await note.waitFor({ state: 'detached' });
  await waitForEnd(page);
  expect((await readMetrics(page)).slice(0, before.length)).toStrictEqual(before);
  expect(await stepsOf(page)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await visitor.close();
});

test('a dead worker is a visible failure, and the last checkpoint goes on', async () => {
  const visitor = await visit(linkTo({ ...unhurried, maxSteps: 9 }), { ...wasm, allow: /killed/ });
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 2);
  const worker = page.workers().find((one) => one.url().includes('trainer'));
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error('killed by the test');
    });
  });
  await banner(page, 'The trainer stopped unexpectedly.');
  await waitForStatus(page, 'Stopped by a failure');
  await press(page, 'Resume from last checkpoint');
  await waitForEnd(page);
  expect(await stepsOf(page)).toHaveLength(10);
  await visitor.close();
});

test('a worker that is ended without an event is a visible failure as well, and soon', async () => {
  const visitor = await visit(linkTo({ ...unhurried, maxSteps: 9 }), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 2);
  const worker = page.workers().find((one) => one.url().includes('trainer'));
  await worker?.evaluate(() => self.close());
  const died = page
    .locator('[role=alert]')
    .filter({ hasText: 'The trainer stopped unexpectedly.' });
  await died.waitFor({ timeout: 30_000 }); // silence alone is told only after a minute
  await waitForStatus(page, 'Stopped by a failure');
  await press(page, 'Resume from last checkpoint');
  await waitForEnd(page);
  expect(await stepsOf(page)).toHaveLength(10);
  await visitor.close();
});

test('a crash of the whole page loses no checkpoint: opened again, the run goes on', async () => {
  const visitor = await visit(linkTo({ ...unhurried, maxSteps: 9 }), wasm);
  const { page } = visitor;
  await press(page, 'Run');
  await waitForStep(page, 3);
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  void session.send('Page.crash').catch(() => undefined); // nobody is left to answer
  await crashed;
  const again = await page.context().newPage();
  await again.goto(linkTo({ ...unhurried, maxSteps: 9 }));
  await banner(again, 'stopped at step');
  await press(again, 'Resume');
  await waitForEnd(again);
  expect(await stepsOf(again)).toHaveLength(10);
  await visitor.close();
});

test('a lost GPU is a visible failure, and the last checkpoint goes on', async () => {
  const visitor = await visit(linkTo(tinyWebGpu));
  const { page } = visitor;
  const browser = page.context().browser();
  if (!browser) throw new Error('internal: no browser to ask for its processes');
  await press(page, 'Run');
  // A step is shown before its checkpoint is written; when the second is, the first is safe.
  await waitForStep(page, 2);
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  for (const { type, id } of processInfo) if (type === 'GPU') process.kill(id, 'SIGKILL');
  await banner(page, 'The GPU was lost.');
  await waitForStatus(page, 'Stopped by a failure');
  await press(page, 'Resume from last checkpoint');
  await waitForEnd(page);
  expect(await stepsOf(page)).toEqual([0, 1, 2, 3, 4]);
  await visitor.close();
});
