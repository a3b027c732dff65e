/**
 * The version of the code that makes a run's numbers, baked in when the page is built (vite.config.ts)
 * and when a script is bundled (run.mjs): the first 12 hex digits of a SHA-256 over the sources of
 * the network, the training, the tasks, the graders and the trainer, and over the versions of the
 * packages that compute. No git is needed, and a change of the page's looks is no other version.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['models', 'src/rft', 'src/tasks', 'src/graders', 'workers'];
const PACKAGES = /^(@tensorflow|@jitl|quickjs|@huggingface)/;

/** @param {string} folder */
const filesIn = (folder) =>
  readdirSync(join(import.meta.dirname, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

export function codeVersion() {
  const hash = createHash('sha256');
  for (const file of FOLDERS.flatMap(filesIn).sort()) {
    const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n'); // a checkout may have either
    const name = file.slice(import.meta.dirname.length).replaceAll('\\', '/');
    hash.update(`${name}\0${text}\0`);
  }
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'));
  const { dependencies } = /** @type {{ dependencies: Record<string, string> }} */ (json);
  const computing = Object.entries(dependencies).filter(([name]) => PACKAGES.test(name));
  return hash.update(JSON.stringify(computing)).digest('hex').slice(0, 12);
}
