/**
 * `npm run check`: every static check, all of them even when one fails, so that one run shows
 * everything there is to mend. Exits non-zero when any of them failed.
 */
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const CHECKS = [
  { name: 'types', script: 'typescript/bin/tsc', args: [] },
  {
    name: 'svelte-check',
    script: 'svelte-check/bin/svelte-check',
    args: ['--fail-on-warnings', '--output', 'human', '--threshold', 'warning'],
  },
  { name: 'eslint', script: 'eslint/bin/eslint.js', args: ['--max-warnings', '0', '.'] },
  {
    name: 'prettier',
    script: 'prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '.'],
  },
  {
    name: 'import rules',
    script: 'dependency-cruiser/bin/dependency-cruise.mjs',
    args: ['--config', '.dependency-cruiser.cjs', 'src', 'models', 'workers'],
  },
  { name: 'dead code', script: 'knip/bin/knip.js', args: ['--no-progress'] },
];

const failed = CHECKS.filter(({ name, script, args }) => {
  console.log(`— ${name}`);
  const done = spawnSync(process.execPath, [`node_modules/${script}`, ...args], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  });
  return done.status !== 0;
});
if (failed.length > 0) {
  console.error(`Failed: ${failed.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}
