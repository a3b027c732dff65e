/** A whole run in Node, from a config to its last metrics: for the command line and the tests. */
import type { Learner } from '../src/rft/learner.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import type { BackendInfo, RolloutView, StepMetrics } from '../src/session/protocol.ts';
import { CodedError } from '../models/errors.ts';
import { createNodeHost, type NodeHostOptions } from './node.ts';
import { createTrainer } from './trainer.ts';

export interface FinishedRun {
  backend: BackendInfo;
  /** In order of steps; step 0 is the base policy. */
  rows: StepMetrics[];
  /** Wall time from the start of loading to the last checkpoint. */
  seconds: number;
  learner: Learner;
}

export interface Listener {
  onRow?: (row: StepMetrics) => void;
  onRollout?: (rollout: RolloutView) => void;
}

/** Trains to the end. Throws the trainer's own failure as a CodedError. */
export async function runToEnd(
  config: RunConfig,
  options: NodeHostOptions,
  { onRow, onRollout }: Listener = {},
): Promise<FinishedRun> {
  const trainer = createTrainer(createNodeHost(options));
  const rows: StepMetrics[] = [];
  const failures: CodedError[] = [];
  const backends: BackendInfo[] = [];
  await trainer.open((event) => {
    if (event.type === 'backend') backends.push(event.info);
    if (event.type === 'rollout') onRollout?.(event.rollout);
    if (event.type === 'failure') {
      const { code, message, detail } = event.failure;
      failures.push(new CodedError(code, message, detail));
    }
    if (event.type !== 'metrics') return;
    rows.push(...event.rows);
    if (onRow) event.rows.forEach(onRow);
  });
  const begin = performance.now();
  await trainer.start(config);
  await trainer.settled();
  const [failure] = failures;
  if (failure) throw failure;
  const learner = trainer.learner();
  const [backend] = backends;
  if (!backend || !learner) throw new Error('internal: the run ended without a backend or learner');
  return { backend, rows, seconds: (performance.now() - begin) / 1000, learner };
}

/** The held-out metrics of the first or the last evaluation; without a place, of the last. */
export function heldOutOf(rows: readonly StepMetrics[], place = -1): Record<string, number> {
  const evaluated = rows.filter(({ values }) => 'eval_greedy' in values);
  const values = evaluated.at(place)?.values ?? {};
  return Object.fromEntries(Object.entries(values).filter(([key]) => key.startsWith('eval_')));
}
