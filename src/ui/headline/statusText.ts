/** What the trainer is doing, in a sentence; for the status line and for announcements. */
import type { LabState, Loading } from '../../session/labState.svelte.ts';
import type { RunConfig } from '../../rft/configTable.ts';
import type { TrainerState } from '../../session/protocol.ts';
import * as format from '../format.ts';

const phases = {
  sampling: 'sampling completions',
  learning: 'learning from them',
  evaluating: 'answering the held-out prompts',
  saving: 'writing a checkpoint',
} as const;

function loadingText(loading: readonly Loading[]): string {
  if (loading.length === 0) return 'Starting the trainer and its device…';
  return `Loading ${loading
    .map(({ what, loaded, total }) =>
      total > 0
        ? `${what}: ${format.bytes(loaded)} of ${format.bytes(total)}`
        : `${what}: ${format.bytes(loaded)}`,
    )
    .join(', ')}`;
}

/** What one step takes and does. */
export function stepText(config: RunConfig): string {
  const { method, generationBatchSize: size, numGenerations: group } = config;
  if (method === 'sft') return `${size} texts imitated`;
  const prompts = size / group;
  const many = `${format.setting(prompts)} ${prompts === 1 ? 'prompt' : 'prompts'}`;
  return method === 'rft' ? `${many} × ${group} completions` : `${many}, best of ${group} imitated`;
}

function idleText(state: LabState, problems: number): string {
  if (problems > 0) return 'A setting of the recipe is not right yet; see the note at it.';
  if (!state.finished || !state.config) return 'Ready. Press Run to start.';
  const { step, config } = state;
  const stored = state.run?.step ?? step;
  if (stored < step) {
    const lost =
      stored === 0
        ? 'None of its steps could be stored.'
        : `The steps after ${stored} could not be stored; up to there it is kept under Runs.`;
    return `Stopped at step ${step} of ${config.maxSteps}. ${lost}`;
  }
  return step >= config.maxSteps
    ? `Finished after ${step} steps. Next: Try it, Compare, or Share; the tuned policy is kept under Runs.`
    : `Stopped at step ${step} of ${config.maxSteps}. The run is kept under Runs.`;
}

/** The status line; changes with every phase. `problems`: settings of the recipe to be mended. */
export function statusText(state: LabState, problems: number): string {
  switch (state.trainer) {
    case 'loading':
      return loadingText(state.loading);
    case 'running':
      return state.pausing
        ? 'Pausing after this step…'
        : state.phase
          ? `Step ${state.phase.step}: ${phases[state.phase.phase]}`
          : 'Running';
    case 'paused':
      return `Paused at step ${state.step}.`;
    case 'failed':
      return 'Stopped by a failure; see above.';
    case 'idle':
      return idleText(state, problems);
  }
}

/** What is said aloud: only changes of state, never every step. */
export function announcement(state: LabState): string {
  switch (state.trainer) {
    case 'loading':
      return 'Loading';
    case 'running':
      return 'Running';
    case 'paused':
      return statusText(state, 0);
    case 'failed':
      return '';
    case 'idle':
      return state.finished
        ? `${idleText(state, 0)} Held-out accuracy ${format.share(state.evalNow ?? 0)}.`
        : '';
  }
}

/** How a run stands, for where the Lab is not in sight; null when there is nothing to tell. */
export function runMark(state: LabState): string | null {
  const marks: Record<TrainerState, string | null> = {
    loading: 'starting',
    running: `step ${state.step}`,
    paused: `paused at ${state.step}`,
    failed: 'stopped by a failure',
    idle: state.finished ? 'run finished' : null,
  };
  return marks[state.trainer];
}
