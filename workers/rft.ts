/**
 * `npm run rft -- --seed 1 [--maxSteps 60] [--backend wasm|webgpu] [--link URL] [--out DIR]`:
 * the page's trainer in Node. One JSON line of metrics a step on standard output, the held-out
 * result last; with --out the tuned policy as a Hugging Face folder. Flags are the names of the
 * config table (`--steps` is short for `--maxSteps`), on top of --link where both are given.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { BackendName } from '../models/backend.ts';
import { CodedError } from '../models/errors.ts';
import { readPolicy } from '../models/policy.ts';
import { writePolicyFolder } from '../models/policyFolder.ts';
import { changedFields, fieldNames, parseConfig } from '../src/rft/config.ts';
import { configTable, type RunConfig } from '../src/rft/configTable.ts';
import { decodeLink } from '../src/rft/link.ts';
import { heldOutOf, runToEnd } from './headless.ts';
import { readPolicyFrom } from './node.ts';

const backends = ['wasm', 'webgpu', 'cpu'];

function usage(problem: string): never {
  console.error(problem);
  console.error(
    'Usage: npm run rft -- [--link URL] [--backend wasm|webgpu|cpu] [--policies DIR] [--out DIR] ' +
      `[--steps N] ${fieldNames.map((name) => `[--${name} …]`).join(' ')}`,
  );
  process.exit(2);
}

/** Lists are given as JSON; text that is none is left for parseConfig to refuse. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A flag's text as the field's kind wants it; what cannot be read is left for parseConfig. */
function valueOf(name: keyof typeof configTable, text: string): unknown {
  const readers: Record<string, (text: string) => unknown> = {
    integer: Number,
    number: Number,
    boolean: (flag) => ({ true: true, false: false })[flag] ?? flag,
    numbers: (list) => (list === '' ? [] : list.split(',').map(Number)),
    choice: (word) => word,
    hash: (word) => word,
    rows: parseJson,
    rewards: parseJson,
    changes: parseJson,
  };
  return readers[configTable[name].kind]?.(text);
}

function configFrom(flags: Record<string, string | undefined>): RunConfig {
  const linked = decodeLink(new URL(flags['link'] ?? '#', 'http://localhost').hash);
  if (linked.problem) usage(`--link: ${linked.problem.message}`);
  const wanted: Record<string, unknown> = { ...changedFields(linked.config) };
  for (const name of fieldNames) {
    const text = flags[name];
    if (text !== undefined) wanted[name] = valueOf(name, text);
  }
  if (flags['steps'] !== undefined) wanted['maxSteps'] = Number(flags['steps']);
  const { config, problems } = parseConfig(wanted);
  if (!config) usage(problems.map((p) => `--${p.field}: ${p.message}`).join('\n'));
  return config;
}

function readFlags(): Record<string, string | undefined> {
  const names = [...fieldNames, 'steps', 'backend', 'link', 'out', 'policies'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const flags = readFlags();
const backend = flags['backend'] ?? 'wasm';
if (!backends.includes(backend)) usage(`--backend: choose one of ${backends.join(', ')}.`);
const policies = flags['policies'] ?? join('public', 'policies');
const config = configFrom(flags);

async function run() {
  try {
    return await runToEnd(
      config,
      { backend: backend as BackendName, policies },
      {
        onRow: ({ step, values }) => {
          console.log(JSON.stringify({ step, ...values }));
        },
      },
    );
  } catch (error) {
    // A failure that has a name is told plainly; anything else is a bug and keeps its stack.
    if (!(error instanceof CodedError)) throw error;
    console.error(`${error.message} ${error.detail ?? ''}`);
    process.exit(1);
  }
}

const { rows, seconds, learner, backend: used } = await run();
console.error(`${used.backend}: ${used.device}`);
console.log(JSON.stringify({ seconds, before: heldOutOf(rows, 0), after: heldOutOf(rows) }));

if (flags['out'] !== undefined) {
  const { folder } = await readPolicyFrom(policies, config.policy);
  const files = writePolicyFolder({ ...folder, tensors: await readPolicy(learner.policy) });
  await mkdir(flags['out'], { recursive: true });
  for (const [file, bytes] of Object.entries(files)) {
    await writeFile(join(flags['out'], file), bytes);
  }
  console.error(`Wrote the tuned policy to ${flags['out']}.`);
}
process.exit(0);
