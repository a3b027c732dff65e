/**
 * A run leaves the browser as a file and goes on in another one, to the same numbers; its policy is
 * had alone; a file that is no run is refused where it was chosen, and so is a dropped one.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSafetensors } from '../../models/safetensors.ts';
import { visit, type Visitor } from './browser.ts';
import { linkTo, pause, press, readMetrics, unhurried, waitForEnd, waitForStep } from './lab.ts';

let folder: string;
/** The run that the first test exports. */
let exported: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exported-'));
});

afterAll(() => rm(folder, { recursive: true }));

const openRuns = (page: Page): Promise<void> => page.getByRole('link', { name: /^Runs/ }).click();

/** Exports the only run in the open list, as the dialog's choice `what`. */
async function save(page: Page, what: RegExp): Promise<string> {
  await page.getByRole('button', { name: /^Export / }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: what }).check();
  const every = dialog.getByRole('checkbox', { name: /Every checkpoint/ });
  if (await every.isVisible()) await every.check();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Export', exact: true }).click(),
  ]);
  const place = join(folder, file.suggestedFilename());
  await file.saveAs(place);
  await dialog.getByTestId('exported').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  return place;
}

const choose = (page: Page, place: string): Promise<void> =>
  page.getByTestId('import').locator('input').setInputFiles(place);

const said = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByTestId('import').getByText(text).waitFor({ timeout: 60_000 });

test('a run goes on in another browser, to the same numbers', async () => {
  const first = await visit(linkTo({ ...unhurried, maxSteps: 5, evalSteps: 5 }), { webgpu: false });
  const { page } = first;
  await press(page, 'Run');
  await waitForStep(page, 2);
  await pause(page);
  await openRuns(page);
  const place = await save(page, /The whole run/);
  exported = place;
  const files = unzipSync(new Uint8Array(await readFile(place)));
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['config.json', 'rollouts.jsonl', 'metrics.csv', 'manifest.json']),
  );
  const weights = await save(page, /The weights alone/);
  const { tensors } = parseSafetensors(new Uint8Array(await readFile(weights)));
  expect([...tensors.keys()]).toContain('model.embed_tokens.weight');
  expect(
    Object.keys(unzipSync(new Uint8Array(await readFile(await save(page, /Hugging/))))),
  ).toEqual(['README.md', 'config.json', 'tokenizer.json', 'model.safetensors']);
  // Here it is known already.
  await choose(page, place);
  await said(page, /is here already; nothing was changed/);
  await page.getByRole('link', { name: /^Lab/ }).click();
  await press(page, 'Run');
  await waitForEnd(page);
  const metrics = await readMetrics(page);
  await first.close();

  // A phone: the button opens the device's own file chooser.
  const second: Visitor = await visit(linkTo({}), {
    ...{ webgpu: false, viewport: { width: 360, height: 740 } },
    hasTouch: true,
  });
  const phone = second.page;
  await openRuns(phone);
  const [chooser] = await Promise.all([
    phone.waitForEvent('filechooser'),
    phone.getByRole('button', { name: 'Import a run…' }).tap(),
  ]);
  await chooser.setFiles(place);
  await said(phone, /^Imported “/);
  await phone.getByText(/ · from a file$/).waitFor();
  await phone.getByRole('button', { name: /^Resume / }).click();
  await waitForEnd(phone);
  expect(await readMetrics(phone)).toEqual(metrics);
  await second.close();
});

test('what is no run is refused where it was chosen or dropped', async () => {
  const visitor = await visit(linkTo({}), { webgpu: false });
  const { page } = visitor;
  await openRuns(page);
  await choose(page, join(import.meta.dirname, 'archive.test.ts'));
  await said(page, /was not imported: it is no zip file/);
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['PK'], 'run.zip', { type: 'application/zip' }));
    return data;
  });
  await page.getByTestId('import').dispatchEvent('drop', { dataTransfer: transfer });
  await said(page, /was not imported: it is no zip file/);
  // Beside it, the browser would open the file and leave the page.
  const isTaken = (type: string) =>
    page.getByRole('heading', { name: 'Runs', level: 2 }).evaluate(
      (heading, [kind, dataTransfer]) => {
        const how = { dataTransfer, bubbles: true, cancelable: true };
        return !heading.dispatchEvent(new DragEvent(kind, how));
      },
      [type, transfer] as const,
    );
  expect([await isTaken('dragover'), await isTaken('drop')]).toEqual([true, true]);
  await visitor.close();
});

test('an import that is cancelled leaves nothing, and can be had again', async () => {
  const visitor = await visit(linkTo({}), { webgpu: false });
  const { page } = visitor;
  await openRuns(page);
  // The base policy never comes, so that the work stands still at a known place.
  await page.context().route('**/policies/**', () => undefined);
  await choose(page, exported);
  await said(page, /^Reading .*zip…/);
  await press(page, 'Cancel');
  await page.getByTestId('import').getByRole('progressbar').waitFor({ state: 'detached' });
  await page.getByText('No run is kept yet.').waitFor();
  await page.context().unroute('**/policies/**');
  await choose(page, exported);
  await said(page, /^Imported “/);
  await visitor.close();
});
