/**
 * The same portable run in three engines: made in Chromium, made in Node, and verified in Firefox
 * from the link that Chromium shared. All of it on the built app; the recipe is short and in
 * portable mode, so every digest has to be the same. Also a link whose receipt was altered.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { launch } from 'puppeteer-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import { decodeLink, receiptLink } from '../../src/rft/link.ts';
import { shortDigest, type PackedReceipt, type Receipt } from '../../src/rft/receipt.ts';
import { runToEnd } from '../../workers/headless.ts';
import { findFirefox } from '../firefox.mjs';
import { visit, type Visitor } from './browser.ts';
import { linkTo, PATIENCE, press, share, waitForEnd, waitForStatus } from './lab.ts';

/** Learns something in seconds: a KL term and a schedule, so that every kernel has its part. */
const settings: Parameters<typeof linkTo>[0] = {
  ...{ device: 'portable', numPrompts: 4, generationBatchSize: 32, numGenerations: 8 },
  ...{ maxCompletionLength: 32, numEvalPrompts: 8, numEvalGenerations: 2, learningRate: 7e-4 },
  ...{ maxSteps: 6, evalSteps: 3, saveSteps: 3, lrSchedulerType: 'cosine', beta: 0.02 },
};
const { config } = parseConfig(settings);

let visitor: Visitor;
let page: Page;
/** The address that the finished run in Chromium was shared by, and the receipt in it. */
let shared: string;
let receipt: Receipt;

beforeAll(async () => {
  // With WebGPU there, which a portable run must not take.
  visitor = await visit(linkTo(settings));
  page = visitor.page;
  await press(page, 'Run');
  await waitForEnd(page);
  expect(await page.getByTestId('device').textContent()).toContain('WASM');
  shared = await share(page);
  const link = decodeLink(new URL(shared).hash);
  expect(link).toMatchObject({ config, problem: null, receiptProblem: null });
  receipt = link.receipt!;
});
afterAll(() => visitor.close());

/** The link with a better last figure, whole again but for the receipt's own digest. */
function alteredLink(link: string): string {
  const packed = Buffer.from(link.slice('v2.'.length), 'base64url').subarray(4);
  const json = JSON.parse(inflateRawSync(packed).toString()) as PackedReceipt;
  json.milestones.at(-1)![2] = 1;
  const again = deflateRawSync(JSON.stringify(json));
  const checksum = createHash('sha256').update(again).digest().subarray(0, 4);
  return `v2.${Buffer.concat([checksum, again]).toString('base64url')}`;
}

const digests = (): [number, string][] =>
  receipt.milestones.map(({ step, digest }) => [step, digest]);

test('Node makes the same digests and figures', async () => {
  expect(receipt.milestones.map(({ step }) => step)).toEqual([0, 3, 6]);
  const policies = join(import.meta.dirname, '../../public/policies');
  const { rows } = await runToEnd(config!, { backend: 'cpu', policies });
  const own = rows.filter(({ digest }) => digest !== undefined);
  expect(own.map(({ step, digest }) => [step, shortDigest(digest!)])).toEqual(digests());
  for (const { step, values } of receipt.milestones) {
    expect(rows.find((row) => row.step === step)?.values).toMatchObject(values);
  }
});

test('Firefox verifies them from the link', async () => {
  const executablePath = findFirefox();
  if (executablePath === undefined) {
    throw new Error('No Firefox on this machine: install firefox-esr, or name it in FIREFOX.');
  }
  const firefox = await launch({ browser: 'firefox', executablePath, headless: true });
  try {
    const tab = await firefox.newPage();
    await tab.goto(shared);
    await tab.locator('::-p-aria([name="Verify"][role="button"])').click();
    const verdict = await tab.waitForSelector('[data-testid=verdict][data-kind]', {
      timeout: PATIENCE,
    });
    expect(await verdict?.evaluate((element) => element.textContent)).toContain('bit for bit');
    expect(await verdict?.evaluate((element) => element.getAttribute('data-kind'))).toBe(
      'identical',
    );
    const here = await tab.$$eval('[data-testid=milestones] tbody tr', (rows) =>
      rows.map(({ children }) => [
        Number(children[0]?.textContent),
        children[2]?.textContent.trim() ?? '',
      ]),
    );
    expect(here).toEqual(digests());
  } finally {
    await firefox.close();
  }
});

test('whoever opens the link sees the claim at once; a run of other bits is told apart', async () => {
  // Claimed figures that are not the run's: sealed anew, so only running it tells.
  const forged: Receipt = {
    ...receipt,
    milestones: receipt.milestones.map((one) => ({
      ...one,
      values: { ...one.values, eval_greedy: 1 },
    })),
  };
  await page.goto(`${inject('appUrl')}#${receiptLink(forged)!}`);
  await page.reload();
  const panel = page.getByTestId('claim');
  await panel.getByText(/It claims that this recipe gave held-out accuracy from 100/).waitFor();
  await panel.getByText('Not verified yet').waitFor();
  await page.getByTestId('chart-heldOut').getByText('claimed in the link').waitFor();
  await press(page, 'Verify');
  await panel.getByText('First difference at step 0').waitFor({ timeout: PATIENCE });
  expect(await panel.textContent()).toMatch(
    /greedy 0\.0\s% here, 100\.0\s% claimed.*not measured on this run/s,
  );
  await waitForEnd(page);
});

test('an altered receipt is not trusted, and its recipe can be run all the same', async () => {
  const text = receiptLink(receipt)!;
  expect(text.startsWith('v2.')).toBe(true);
  await page.goto(`${inject('appUrl')}#${alteredLink(text)}`);
  await page.reload();
  const panel = page.getByTestId('claim');
  await panel.getByText(/does not match its own digest: it was altered/).waitFor();
  expect(await panel.getByRole('button', { name: 'Verify' }).count()).toBe(0);
  expect(await page.getByText('claimed in the link').count()).toBe(0);
  await press(page, 'Run');
  await waitForStatus(page, /^Finished after/);
});

test('a finished run without a receipt says why its link brings none', async () => {
  await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('rft-playground');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error(request.error?.message));
    });
    const transaction = database.transaction('metrics', 'readwrite');
    const rows = transaction.objectStore('metrics');
    rows.getAll().onsuccess = ({ target }) => {
      for (const row of (target as IDBRequest<object[]>).result) {
        rows.put({ ...row, digest: undefined });
      }
    };
    await new Promise<void>((resolve) => {
      transaction.oncomplete = () => resolve();
    });
    database.close();
  });
  await page.goto(inject('appUrl'));
  await page.getByRole('link', { name: /^Runs/ }).click();
  await page
    .getByRole('button', { name: /^Open in the Lab/ })
    .first()
    .click();
  await waitForStatus(page, /^Finished after/);
  await press(page, 'Share');
  await page.getByText(/another version of this page, so it has no receipt/).waitFor();
});
