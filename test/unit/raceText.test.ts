/** What is said of a race where it is out of sight. */
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import { LabState } from '../../src/session/labState.svelte.ts';
import { raceEnd, raceMark } from '../../src/ui/compare/raceText.ts';

function runner(method: 'rft' | 'sft', step: number, accuracy: number | null) {
  const { config } = parseConfig({ maxSteps: 12, method });
  const state = new LabState();
  state.begin(config!);
  const values = accuracy === null ? {} : { eval_greedy: accuracy };
  state.receive({ type: 'metrics', rows: [{ step, values }], history: false });
  return { config: config!, state };
}

test('how far both are, and how far they got', () => {
  const lanes = [runner('rft', 3, 0.5), runner('sft', 2, null)];
  expect(raceMark(lanes)).toBe('RFT 3, SFT 2 of 12');
  expect(raceEnd(lanes)).toMatch(
    /^RFT: step 3 of 12, held-out accuracy 50\s?%\. SFT: step 2 of 12\.$/u,
  );
});
