/**
 * `npm run record [-- --task ID]`: trains the default recipe of each task (or the one that is
 * named) on WASM in Node and writes what happened to public/recordings/<task>.run, which the page
 * plays on a first visit and where no backend works. The groups kept of each step are as many as
 * the file may weigh.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { taskRecipe, type TaskId } from '../src/rft/taskRecipes.ts';
import type { RolloutView } from '../src/session/protocol.ts';
import { packRecording, type Recording } from '../src/session/recording.ts';
import { tasks } from '../src/tasks/index.ts';
import { heldOutOf, runToEnd } from './headless.ts';

const folder = join('public', 'recordings');
const mostBytes = 300_000;
/** Groups of a step that are kept, the most that fit first. */
const groupCounts = [4, 3, 2, 1];

const { values: flags } = parseArgs({ options: { task: { type: 'string' } } });

/** The file with as many groups a step as it may hold. */
function packed(recording: Recording): Uint8Array {
  for (const count of groupCounts) {
    const rollouts = recording.rollouts.map((rollout) => ({
      ...rollout,
      groups: rollout.groups.slice(0, count),
    }));
    const bytes = packRecording({ ...recording, rollouts });
    if (bytes.length <= mostBytes) return bytes;
  }
  throw new Error(`${recording.config.task}: too large even with one group a step`);
}

async function record(task: TaskId): Promise<void> {
  const rollouts: RolloutView[] = [];
  const { backend, rows, seconds } = await runToEnd(
    taskRecipe(task),
    { backend: 'wasm', policies: join('public', 'policies') },
    { onRollout: (rollout) => rollouts.push(rollout) },
  );
  const bytes = packed({
    version: 1,
    config: taskRecipe(task),
    backend,
    device: `${os.cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`,
    recordedAt: new Date().toISOString(),
    codeVersion: execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim(),
    seconds,
    rows,
    rollouts,
  });
  await writeFile(join(folder, `${task}.run`), bytes);
  const after = JSON.stringify(heldOutOf(rows));
  console.log(`${task}: ${bytes.length} bytes, ${seconds.toFixed(0)} s, ${after}`);
}

await mkdir(folder, { recursive: true });
const wanted = tasks.filter(({ id }) => flags.task === undefined || id === flags.task);
if (wanted.length === 0) {
  console.error(`--task: choose one of ${tasks.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
for (const { id } of wanted) await record(id as TaskId);
process.exit(0);
