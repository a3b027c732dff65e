/**
 * `npm run evidence [-- --only TEXT --jobs N --fresh --table]`: runs every row of the evidence
 * (evidencePlan.ts) on WASM in Node, keeps each result in test/bench/evidence.json and writes the
 * table into README.md between its markers. A result is kept as long as its config and its base
 * policy are the same, so an interrupted call goes on where it was; `--fresh` runs all again,
 * `--only` those whose id holds the text, `--table` none at all. `--run ID` is one run, told as
 * JSON on standard output: what the call starts for each.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { parseConfig } from '../src/rft/config.ts';
import { heldOutOf, runToEnd } from './headless.ts';
import { evidenceTable, type EvidenceFile, type Result } from './evidenceTable.ts';
import { plan, type PlannedRun } from './evidencePlan.ts';
import { readPolicyFrom } from './node.ts';

const policies = join('public', 'policies');
const file = join('test', 'bench', 'evidence.json');
const marks = {
  begin: '<!-- evidence: written by npm run evidence -->',
  end: '<!-- /evidence -->',
};

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(Math.min(2, os.cpus().length)) },
    fresh: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    run: { type: 'string' },
  },
});

function plannedRun(id: string): PlannedRun {
  const run = plan.find((one) => one.id === id);
  if (!run) throw new Error(`internal: no run ${id}`);
  return run;
}

async function single(id: string): Promise<void> {
  const { config } = plannedRun(id);
  const { rows, seconds, backend } = await runToEnd(config, { backend: 'wasm', policies });
  const { hash } = await readPolicyFrom(policies, config.policy);
  const result: Result = {
    config,
    policyHash: hash,
    before: heldOutOf(rows, 0),
    after: heldOutOf(rows),
    numTokens: rows.at(-1)?.values['num_tokens'] ?? 0,
    seconds: Math.round(seconds),
    device: `Node ${process.versions.node}, ${backend.device}`,
    date: new Date().toISOString().slice(0, 10),
  };
  process.stdout.write(JSON.stringify(result));
}

/** Starts this very script for one run. */
function inChild(id: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const script = process.argv[1] ?? '';
    const child = spawn(process.execPath, [script, '--run', id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(parts).toString()) as Result);
      else reject(new Error(`${id} ended with ${String(code)}`));
    });
  });
}

async function readEvidence(): Promise<EvidenceFile> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as EvidenceFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

async function isCurrent(known: Result | undefined, { config }: PlannedRun): Promise<boolean> {
  // A setting that came later stands at its default in an older result.
  const before = known && parseConfig(known.config).config;
  if (!before || JSON.stringify(before) !== JSON.stringify(config)) return false;
  return known.policyHash === (await readPolicyFrom(policies, config.policy)).hash;
}

async function writeTable(evidence: EvidenceFile): Promise<void> {
  const readme = await readFile('README.md', 'utf8');
  const [before, rest] = readme.split(marks.begin);
  const after = rest?.split(marks.end)[1];
  if (before === undefined || after === undefined) throw new Error('README.md lost its marks');
  const table = evidenceTable(evidence);
  await writeFile('README.md', `${before}${marks.begin}\n\n${table}\n\n${marks.end}${after}`);
}

async function all(): Promise<void> {
  const evidence = await readEvidence();
  const open: PlannedRun[] = [];
  const jobs = Number(flags.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error('--jobs: give a whole number from 1');
  for (const run of flags.table ? [] : plan.filter(({ id }) => id.includes(flags.only))) {
    if (flags.fresh || !(await isCurrent(evidence[run.id], run))) open.push(run);
  }
  console.log(`${open.length} of ${plan.length} runs to go, ${jobs} at a time`);
  const work = async (): Promise<void> => {
    for (let run = open.shift(); run; run = open.shift()) {
      const result = await inChild(run.id);
      evidence[run.id] = result;
      const inOrder = plan.flatMap(({ id }) => (evidence[id] ? [[id, evidence[id]]] : []));
      writeFileSync(file, `${JSON.stringify(Object.fromEntries(inOrder), null, 1)}\n`);
      console.log(`${run.id} ${result.seconds} s ${JSON.stringify(result.after)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const current: EvidenceFile = {};
  for (const run of plan) {
    const known = evidence[run.id];
    if (known && (await isCurrent(known, run))) current[run.id] = known;
  }
  await writeTable(current);
}

await (flags.run === undefined ? all() : single(flags.run));
process.exit(0);
