/**
 * `node run.mjs test/unit/diagnosesRuns.ts [names…]`: trains the cases of `diagnosesCases.ts` on
 * WASM in Node, those that are named or all, and writes their metrics, rounded, to
 * fixtures/diagnoses/<name>.json. About half a minute a run. No test runs it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { runToEnd } from '../../workers/headless.ts';
import { failingCases, healthyCases, recipeOf, type Case } from './diagnosesCases.ts';

const folder = join('test', 'unit', 'fixtures', 'diagnoses');
const DIGITS = 5;

/** Left out, to keep the files small: what the clock decides, and what tells nothing here. */
const LEFT_OUT =
  /^(step_time|eval_time|num_tokens|clip_ratio\/.*|completions\/(min|max|mean_terminated)_length|eval_pass@[2-9])$/;

function rounded({ step, values }: StepMetrics): StepMetrics {
  const kept = Object.entries(values).filter(([key]) => !LEFT_OUT.test(key));
  return {
    step,
    values: Object.fromEntries(kept.map(([key, x]) => [key, Number(x.toPrecision(DIGITS))])),
  };
}

async function make(name: string, one: Case): Promise<void> {
  const { rows, seconds } = await runToEnd(recipeOf(one), {
    backend: 'wasm',
    policies: join('public', 'policies'),
  });
  const lines = rows.map((row) => JSON.stringify(rounded(row)));
  const changes = JSON.stringify(one.changes);
  await writeFile(
    join(folder, `${name}.json`),
    `{"task":"${one.task}","changes":${changes},"rows":[\n${lines.join(',\n')}\n]}\n`,
  );
  process.stdout.write(`${name}: ${rows.length} rows, ${seconds.toFixed(0)} s\n`);
}

await mkdir(folder, { recursive: true });
const all: [string, Case][] = [
  ...Object.entries(failingCases),
  ...Object.entries(healthyCases).map(([name, one]): [string, Case] => [`healthy-${name}`, one]),
];
const wanted = process.argv.slice(2);
for (const [name, one] of all) {
  if (wanted.length === 0 || wanted.includes(name)) await make(name, one);
}
process.exit(0);
