/**
 * How a run comes to be at hand: fresh, as its checkpoint left it, or as a fork of another. What
 * is read from storage and written to it first is here, in which order, and what is told of it;
 * activeRun.ts makes the runs, and trainer.ts decides when one is opened and moved.
 */
import type { BackendChoice } from '../models/backend.ts';
import type { RewardRunner } from '../src/graders/codeReward.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { forkedRun, freshRun, restoredRun, type ActiveRun, type BasePolicy } from './activeRun.ts';
import { saveRun, type LoopHost } from './runLoop.ts';

/** What opening a run needs around it. */
export interface Opening extends LoopHost {
  /** Backend and base policy, both told. */
  prepare(
    policy: string,
    device: RunConfig['device'],
  ): Promise<{ base: BasePolicy; backend: BackendChoice }>;
  /** Becomes the run's only writer. */
  lock(runId: string): Promise<void>;
  /** The run is at hand from now on; what fails after it lets it go. */
  take(run: ActiveRun): void;
  newRunId(): string;
  rewardRunner: RewardRunner | null;
}

export async function openFresh(opening: Opening, config: RunConfig): Promise<void> {
  const { base, backend } = await opening.prepare(config.policy, config.device);
  const id = opening.newRunId();
  await opening.lock(id);
  const { rewardRunner } = opening;
  const { run, record } = freshRun(id, config, base, backend, rewardRunner, opening.now());
  opening.take(run);
  await opening.store.createRun(record);
  opening.emit({ type: 'run', run: run.info });
  opening.emit({ type: 'metrics', rows: [], history: true });
}

/** A fork of a run at one of its checkpoints, with a checkpoint of its own. */
export async function openFork(
  opening: Opening,
  runId: string,
  checkpointId: string,
  edited: RunConfig,
): Promise<void> {
  const { store, rewardRunner } = opening;
  const parent = await store.getRun(runId);
  const { checkpoint } = await store.loadCheckpoint(runId, checkpointId);
  const { base, backend } = await opening.prepare(parent.config.policy, edited.device);
  const id = opening.newRunId();
  await opening.lock(id);
  const source = { id, parent, checkpoint, rows: await store.metrics(runId), edited };
  const { run, record } = forkedRun(source, base, backend, rewardRunner, opening.now());
  opening.take(run);
  await saveRun(opening, run, 'pause', record); // so that it stands on its own
  opening.emit({ type: 'metrics', rows: run.stored, history: true });
}

/** A stored run at its newest whole checkpoint, or at the one asked for. */
export async function reopen(
  opening: Opening,
  runId: string,
  checkpointId: string | undefined,
): Promise<void> {
  await opening.lock(runId);
  const { store } = opening;
  const record = await store.getRun(runId);
  const { checkpoint, damaged } = await store.loadCheckpoint(runId, checkpointId);
  const { base, backend } = await opening.prepare(record.config.policy, record.config.device);
  const rows = await store.metrics(runId);
  const run = restoredRun(record, checkpoint, rows, base, backend, opening.rewardRunner);
  opening.take(run);
  await store.claimRun(runId);
  opening.emit({ type: 'run', run: run.info });
  opening.emit({ type: 'metrics', rows: run.stored, history: true });
  if (damaged.length === 0) return;
  const message =
    `${String(damaged.length)} newer checkpoint(s) of this run are damaged and were left out; ` +
    `it goes on from step ${String(run.learner.step)}.`;
  const failure = { code: 'damaged-checkpoint', message, detail: damaged.join(', ') };
  opening.emit({ type: 'failure', failure });
}
