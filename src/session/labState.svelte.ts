/**
 * What the page holds of one run: the trainer's events, reduced in one table. It sends nothing to
 * the trainer (`lab.svelte.ts` does) and formats nothing. Metric rows stay in order of steps, one
 * row a step; a row that comes again replaces the older one.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { mergeRows } from './metricRows.ts';
import { paceOf } from './pace.ts';
import type {
  BackendInfo,
  CheckpointInfo,
  Failure,
  InspectionView,
  RewardReport,
  RunInfo,
  StepMetrics,
  TrainerEvent,
  TrainerState,
} from './protocol.ts';
import { Rollouts } from './rollouts.svelte.ts';

type EventOf<T extends TrainerEvent['type']> = Extract<TrainerEvent, { type: T }>;
type Phase = EventOf<'phase'>;
/** Bytes of one thing being loaded; `total` 0 when unknown. */
export type Loading = Omit<EventOf<'progress'>, 'type'>;

/** Steps whose reports are kept. */
const KEPT_REPORTS = 50;

export class LabState {
  trainer = $state<TrainerState>('idle');
  backend = $state.raw<BackendInfo | null>(null);
  loading = $state.raw<readonly Loading[]>([]);
  phase = $state.raw<Phase | null>(null);
  rows = $state.raw<readonly StepMetrics[]>([]);
  /** The last step whose row was restored; −1: none was. */
  #restoredTo = -1;
  /** What reward code said and did wrong, the newest step last. */
  reports = $state.raw<readonly RewardReport[]>([]);
  /** The step that was last put under the magnifier. */
  inspection = $state.raw<InspectionView | null>(null);
  checkpoint = $state.raw<CheckpointInfo | null>(null);
  /** Steps of the checkpoints told of, in order; of those before a resume only the newest. */
  checkpointSteps = $state.raw<readonly number[]>([]);
  run = $state.raw<RunInfo | null>(null);
  /** The recipe of the run that is shown; known before the run itself is. */
  config = $state.raw<RunConfig | null>(null);
  /** True once the run has ended, after its last step or because it was stopped. */
  finished = $state(false);
  /** Asked to pause or stop; it happens when the step at hand is done. */
  pausing = $state(false);
  stopping = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Counts what was shown, also the same recording once more: what was put away returns with it. */
  begun = $state(0);
  #begun = 0; // counted apart: an effect that clears does not depend on it
  readonly rollouts = new Rollouts();

  readonly busy = $derived(
    this.trainer === 'loading' || this.trainer === 'running' || this.trainer === 'paused',
  );
  /** The worker is gone or gives no sign of life: only a fresh one can go on. */
  readonly lost = $derived(this.trainer === 'failed' || this.failure?.code === 'worker-silent');
  readonly step = $derived(this.rows.at(-1)?.step ?? 0);
  readonly evaluations = $derived<readonly StepMetrics[]>(
    this.rows.filter((row) => row.values['eval_greedy'] !== undefined),
  );
  /** Held-out greedy accuracy in [0, 1] of the base policy; null when it was not measured. */
  readonly evalBase = $derived(
    this.evaluations[0]?.step === 0 ? this.evaluations[0].values['eval_greedy']! : null,
  );
  /** The newest one, null before the first. */
  readonly evalNow = $derived(this.evaluations.at(-1)?.values['eval_greedy'] ?? null);
  readonly evalStep = $derived(this.evaluations.at(-1)?.step ?? null);
  readonly pace = $derived(
    this.config === null
      ? { tokensPerSecond: null, secondsLeft: null }
      : paceOf(this.rows, this.config),
  );

  readonly #reducers: { [T in TrainerEvent['type']]: (event: EventOf<T>) => void } = {
    state: ({ state }) => {
      this.trainer = state;
      if (state !== 'loading') this.loading = [];
      if (state === 'running') return;
      this.phase = null;
      this.pausing = false;
      this.stopping = false;
    },
    backend: ({ info }) => (this.backend = info),
    progress: ({ what, loaded, total }) => {
      const others = this.loading.filter((entry) => entry.what !== what);
      this.loading = [...others, { what, loaded, total }].sort((a, b) =>
        a.what.localeCompare(b.what),
      );
    },
    phase: (event) => (this.phase = event),
    metrics: ({ rows, history }) => {
      this.rows = history ? rows : mergeRows(this.rows, rows);
      if (history) this.#restoredTo = rows.at(-1)?.step ?? -1;
    },
    rollout: ({ rollout }) => this.rollouts.add(rollout),
    inspection: ({ inspection }) => (this.inspection = inspection),
    'reward-report': ({ report }) => {
      this.reports = [...this.reports, report].slice(-KEPT_REPORTS);
    },
    checkpoint: ({ checkpoint }) => {
      this.checkpoint = checkpoint;
      this.#noteCheckpoint(checkpoint.step);
    },
    run: ({ run }) => {
      this.run = run;
      this.#noteCheckpoint(run.step);
      this.config = run.config;
    },
    finished: () => (this.finished = true),
    // Not always the end: a full disk pauses a run, and a state event says so.
    failure: ({ failure }) => (this.failure = failure),
  };

  /** Rows as they were made, without restored ones, which another device may have measured. */
  rowsMadeHere(): readonly StepMetrics[] {
    return this.rows.filter(({ step }) => step > this.#restoredTo);
  }

  /** Takes one event of the trainer. */
  receive<T extends TrainerEvent['type']>(event: EventOf<T>): void {
    if (this.failure?.code === 'worker-silent') this.failure = null; // it speaks again
    const reduce: (event: EventOf<T>) => void = this.#reducers[event.type];
    reduce(event);
  }

  /** Step 0 is the base policy, which is no checkpoint. */
  #noteCheckpoint(step: number): void {
    if (step === 0 || this.checkpointSteps.includes(step)) return;
    this.checkpointSteps = [...this.checkpointSteps, step].sort((a, b) => a - b);
  }

  /** Forgets the run that is shown, for a new one with this recipe; the device stays known. */
  begin(config: RunConfig): void {
    this.clear();
    this.config = config;
  }

  /** As before the first run; the device stays known. */
  clear(): void {
    this.begun = ++this.#begun;
    this.config = null;
    this.rows = [];
    this.#restoredTo = -1;
    this.reports = [];
    this.inspection = null;
    this.checkpoint = null;
    this.checkpointSteps = [];
    this.run = null;
    this.finished = false;
    this.failure = null;
    this.rollouts.clear();
  }
}
