/**
 * `npm test`: everything there is to prove, from a fresh clone. Installs what is missing (a
 * browser included), runs the checks, builds the app and runs every test project. Its last line
 * is `N passed, N failed, N skipped`, counted by the test runner; a check, a build or a runner
 * that fails adds one to the failed. Arguments go to Vitest, e.g. `npm test -- --project node`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { installDependencies, requireNode } from '../install.mjs';
import { findChromium } from './chromium.mjs';
import { findFirefox } from './firefox.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Runs a command with its output shown; true when it succeeds.
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

/**
 * Runs a script of a package in node_modules.
 * @param {string} script
 * @param {string[]} args
 */
const runNode = (script, args) => run(process.execPath, [script, ...args]);

/**
 * A Debian package through apt, where the user is root or may become root without a password.
 * @param {string} name
 */
function installThroughApt(name) {
  if (!existsSync('/etc/debian_version') || !existsSync('/usr/bin/apt-get')) return false;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const apt = (/** @type {string[]} */ ...args) => {
    const [command = '', ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return run(command, rest);
  };
  return apt('update') && apt('install', '--yes', '--no-install-recommends', name);
}

/** Sees to it that the tests find a browser: the system's, else Debian's, else Playwright's. */
function ensureBrowser() {
  if (findChromium() !== undefined) return true;
  console.log('No Chrome or Chromium found; installing one (once) …');
  if (installThroughApt('chromium') && findChromium() !== undefined) return true;
  const playwright = 'node_modules/playwright/cli.js';
  return (
    runNode(playwright, ['install', '--with-deps', 'chromium']) ||
    runNode(playwright, ['install', 'chromium'])
  );
}

/** Firefox, for the runs that have to give the same bits in another engine. */
function ensureFirefox() {
  if (findFirefox() !== undefined) return true;
  console.log('No Firefox found; installing Debian’s firefox-esr (once) …');
  if (installThroughApt('firefox-esr') && findFirefox() !== undefined) return true;
  console.error('There is no Firefox here, and apt has none: install it, or name it in FIREFOX.');
  return false;
}

/**
 * Every Vitest project; the counts come from its own report.
 * @param {string[]} args
 * @returns {Counts}
 */
function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'rft-tests-'));
  const report = join(folder, 'report.json');
  const succeeded = runNode('node_modules/vitest/vitest.mjs', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  const counts = existsSync(report) ? readReport(report) : { passed: 0, failed: 0, skipped: 0 };
  rmSync(folder, { recursive: true });
  // An unhandled error, a crash or a run without tests fails Vitest but no test of its own.
  if (!succeeded && counts.failed === 0) counts.failed = 1;
  return counts;
}

/**
 * @typedef {{ status: string, assertionResults: unknown[] }} FileResult
 * @param {string} file
 * @returns {Counts}
 */
function readReport(file) {
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(file, 'utf8'));
  const report =
    /**
     * @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number,
     *   numTodoTests: number, testResults: FileResult[] }}
     */ (json);
  const filesThatDidNotLoad = report.testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + filesThatDidNotLoad.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

requireNode();
process.chdir(dirname(import.meta.dirname));
installDependencies();

/** @type {[name: string, run: () => boolean][]} */
const preparations = [
  ['checks', () => runNode('check.mjs', [])],
  ['build', () => runNode('node_modules/vite/bin/vite.js', ['build', '--logLevel', 'warn'])],
  ['browser', ensureBrowser],
  ['firefox', ensureFirefox],
];
const failures = preparations.filter(([, prepare]) => !prepare()).map(([name]) => name);
const { passed, failed, skipped } = runTests(process.argv.slice(2));
if (failures.length > 0) console.error(`Failed before the tests: ${failures.join(', ')}.`);
const allFailed = failed + failures.length;
console.log(`${passed} passed, ${allFailed} failed, ${skipped} skipped`);
process.exit(allFailed === 0 && passed > 0 ? 0 : 1);
