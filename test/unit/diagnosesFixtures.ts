/** The recorded runs of `diagnosesCases.ts` as tests read them: recipe and rows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { readRecording } from '../../src/session/recording.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { recipeOf, type Case } from './diagnosesCases.ts';

export interface RecordedRun {
  config: RunConfig;
  rows: readonly StepMetrics[];
}

interface Stored extends Case {
  rows: StepMetrics[];
}

/** Throws where the file was made by another recipe than the case has now. */
export function recordedRun(name: string, one: Case): RecordedRun {
  const path = join(import.meta.dirname, 'fixtures/diagnoses', `${name}.json`);
  const { task, changes, rows } = JSON.parse(readFileSync(path, 'utf8')) as Stored;
  if (JSON.stringify([task, changes]) !== JSON.stringify([one.task, one.changes])) {
    throw new Error(`${name} has changed: node run.mjs test/unit/diagnosesRuns.ts ${name}`);
  }
  return { config: recipeOf(one), rows };
}

/** A run that the page plays on a first visit. */
export async function shippedRun(task: string): Promise<RecordedRun> {
  const path = join(import.meta.dirname, '../../public/recordings', `${task}.run`);
  const { recording, problem } = await readRecording(new Uint8Array(readFileSync(path)));
  if (!recording) throw new Error(problem);
  return recording;
}
