/** What a visitor downloads before pressing Run. */
import { gzipSync } from 'node:zlib';
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';

const BUDGET = 400 * 1000;

test('less than 400 KB of compressed JavaScript is loaded before a run starts', async () => {
  const visitor = await visit('about:blank');
  const { page } = visitor;
  const sizes = new Map<string, Promise<number>>();
  page.on('response', (response) => {
    const url = response.url();
    if (url.endsWith('.js'))
      sizes.set(
        url,
        response.body().then((body) => gzipSync(body).length),
      );
  });
  await page.goto(inject('appUrl'), { waitUntil: 'networkidle' });
  const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
  expect(sizes.size).toBeGreaterThan(0);
  expect(total).toBeLessThan(BUDGET);
  expect(await page.title()).toBe('RFT Playground');
  await visitor.close();
});
