/** The built page opens from its folder, with and without WebGPU, without a console error. */
import { expect, inject, test } from 'vitest';
import { visit } from './browser.ts';

test.each([true, false])('the page opens (WebGPU: %s)', async (webgpu) => {
  const visitor = await visit(inject('appUrl'), { webgpu });
  expect(await visitor.page.title()).toBe('RFT Playground');
  expect(await visitor.page.evaluate(() => crossOriginIsolated)).toBe(true);
  const hasAdapter = async () => (await navigator.gpu.requestAdapter()) !== null;
  expect(await visitor.page.evaluate(hasAdapter)).toBe(webgpu);
  await visitor.close();
});
