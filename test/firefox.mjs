/**
 * Which Firefox the tests drive: `FIREFOX`, else the PATH's; Debian's is called firefox-esr. Shared
 * by the end-to-end helper and test/run.mjs; it finds a browser but never installs one.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const NAMES = ['firefox-esr', 'firefox'];
const MAC_FIREFOX = '/Applications/Firefox.app/Contents/MacOS/firefox';

/**
 * Ubuntu's `firefox` may be a stub that only says to install a snap.
 * @param {string} path
 */
function answers(path) {
  try {
    const said = execFileSync(path, ['--version'], { stdio: 'pipe', timeout: 30_000 });
    return /Firefox \d+/.test(said.toString());
  } catch {
    return false;
  }
}

/**
 * The path of a Firefox on this machine, or undefined.
 * @returns {string | undefined}
 */
export function findFirefox() {
  if (process.env.FIREFOX) return process.env.FIREFOX;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, MAC_FIREFOX].find((path) => existsSync(path) && answers(path));
}
