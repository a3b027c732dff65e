/**
 * The WebGPU figures in headless Chromium: bundles benchPage.ts, serves it to a cross-origin
 * isolated page (whose clock is finer), and passes on what the page prints.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium, plainArgs, webgpuArgs } from '../chromium.mjs';
import type { CommandLine } from './options.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Writes what an entry needs, and it, into one file: see run.mjs. */
export function buildOneFile(target: 'carried' | 'page', outfile: string, entry: string): void {
  execFileSync(process.execPath, [at('../../run.mjs'), '--build', target, outfile, entry], {
    stdio: 'inherit',
  });
}

const html = '<!doctype html><title>bench</title><script type="module" src="/page.js"></script>';

async function serve(script: string): Promise<Server> {
  const answers: Record<string, [type: string, body: string]> = {
    '/': ['text/html', html],
    '/page.js': ['text/javascript', script],
    '/favicon.ico': ['image/x-icon', ''],
  };
  const server = createServer((request, response) => {
    const [type, body] = answers[request.url ?? ''] ?? ['text/plain', ''];
    response.writeHead(200, {
      'Content-Type': type,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** On the adapter in software, or with the switches that a machine's own GPU needs. */
const switches = (gpu: boolean): string[] => [
  ...(gpu
    ? [...plainArgs, '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist']
    : webgpuArgs),
  '--disable-dawn-features=timestamp_quantization',
];

export async function benchInBrowser({ gpu, workloads, once, profile, ways }: CommandLine) {
  const file = at('../../node_modules/.cache/bench/page.js');
  buildOneFile('page', file, 'test/bench/benchPage.ts');
  const server = await serve(readFileSync(file, 'utf8'));
  const executablePath = findChromium();
  const browser = await chromium.launch({
    args: switches(gpu),
    headless: true,
    ...(executablePath && { executablePath }),
  });
  const page = await browser.newPage();
  page.on('console', (message) => {
    console.log(message.text());
  });
  page.on('pageerror', (error) => {
    console.error(error);
  });
  await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
  console.log(`\nChromium ${browser.version()}`);
  await page.evaluate(
    (options) =>
      (globalThis as unknown as { benchInPage: (o: unknown) => Promise<void> }).benchInPage(
        options,
      ),
    { workloads, once, profile, ways },
  );
  await browser.close();
  server.close();
}
