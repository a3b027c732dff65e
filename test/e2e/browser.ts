/**
 * Opens Chromium on the built app for the end-to-end tests. Whatever the page or its workers
 * write to the console as an error, every uncaught exception and every failed request is
 * collected, and closing the visitor throws if there was one that the test had not allowed.
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { findChromium, plainArgs, webgpuArgs } from '../chromium.mjs';

/** A short real run stands in for the shipped recordings: see test/unit/recording.test.ts. */
const RECORDING = join(import.meta.dirname, '../unit/fixtures/recording.run');

export interface VisitorOptions extends BrowserContextOptions {
  /** With a software WebGPU adapter (the default), or without any. */
  webgpu?: boolean;
  /** A profile folder, to come back to a stored run; none is a fresh visitor. */
  profile?: string;
  /** Console errors that this test provokes on purpose. */
  allow?: RegExp;
}

export interface Visitor {
  page: Page;
  /** Console errors, uncaught exceptions and failed requests so far, allowed ones left out. */
  errors: readonly string[];
  /** Closes the browser, then throws if there were errors. */
  close(): Promise<void>;
}

export async function visit(url: string, options: VisitorOptions = {}): Promise<Visitor> {
  const { webgpu = true, profile = '', allow, ...contextOptions } = options;
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(profile, {
    args: webgpu ? webgpuArgs : plainArgs,
    headless: true,
    ...(executablePath && { executablePath }),
    ...contextOptions,
  });
  await context.route('**/recordings/*.run', (route) => route.fulfill({ path: RECORDING }));
  const errors: string[] = [];
  const note = (error: string) => {
    if (!allow?.test(error)) errors.push(error);
  };
  context.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()}`);
  });
  context.on('weberror', (event) => note(`uncaught: ${String(event.error())}`));
  context.on('response', (response) => {
    if (response.status() >= 400) note(`HTTP ${response.status()}: ${response.url()}`);
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(url);
  return {
    page,
    errors,
    close: async () => {
      await context.close();
      if (errors.length > 0) throw new Error(`The page reported errors:\n${errors.join('\n')}`);
    },
  };
}
