/**
 * Which Chromium the tests drive, and with which switches. Shared by vitest.config.ts, the
 * end-to-end helper and test/run.mjs; it finds a browser but never installs one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

const QUIET = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Switches of a browser that has no WebGPU adapter (on a machine without a GPU). */
export const plainArgs = QUIET;

/** Switches that give a real WebGPU adapter in software. */
export const webgpuArgs = [...QUIET, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/**
 * Ubuntu's `chromium-browser` may be a stub that only says to install a snap, so a candidate
 * has to answer with its version.
 * @param {string} path
 */
function answers(path) {
  try {
    return /\d+\.\d+/.test(
      execFileSync(path, ['--version'], { stdio: 'pipe', timeout: 30_000 }).toString(),
    );
  } catch {
    return false;
  }
}

/**
 * The path of a Chrome or Chromium on this machine: `CHROME`, then the PATH. Undefined leaves
 * the choice to Playwright, which then takes the browser it installed itself.
 * @returns {string | undefined}
 */
export function findChromium() {
  if (process.env.CHROME) return process.env.CHROME;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, MAC_CHROME].find((path) => existsSync(path) && answers(path));
}
