/** What the status line says of a run that has ended: only what is stored is called kept. */
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import { LabState } from '../../src/session/labState.svelte.ts';
import type { RunInfo } from '../../src/session/protocol.ts';
import { statusText } from '../../src/ui/headline/statusText.ts';

const config = parseConfig({ maxSteps: 60 }).config!;

/** A run that made `made` steps, of which `stored` were stored, and then ended. */
function ended(made: number, stored: number): LabState {
  const state = new LabState();
  state.begin(config);
  const rows = Array.from({ length: made + 1 }, (_, step) => ({ step, values: {} }));
  state.receive({ type: 'metrics', rows, history: false });
  state.receive({ type: 'run', run: { config, step: stored } as RunInfo });
  state.receive({ type: 'state', state: 'idle' });
  state.receive({ type: 'finished', runId: 'a' });
  return state;
}

test.each([
  [57, 57, 'Stopped at step 57 of 60. The run is kept under Runs.'],
  [60, 60, /^Finished after 60 steps\. .* the tuned policy is kept under Runs\.$/],
  [57, 50, /^Stopped at step 57 of 60\. The steps after 50 could not be stored; up to there/],
  [60, 50, /^Stopped at step 60 of 60\. The steps after 50 could not be stored; up to there/],
  [1, 0, 'Stopped at step 1 of 60. None of its steps could be stored.'],
])('%i steps made, %i stored', (made, stored, text) => {
  expect(statusText(ended(made, stored), 0)).toEqual(
    typeof text === 'string' ? text : expect.stringMatching(text),
  );
});
