/** What the trainer's tests share: a host on the tiny policy, and a log of all it says. */
import { createNodeHost } from '../../workers/node.ts';
import { createTrainer, type Trainer, type TrainerHost } from '../../workers/trainer.ts';
import type { TrainerStore } from '../../workers/activeRun.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import type {
  Failure,
  InspectionView,
  RolloutView,
  StepMetrics,
  TrainerEvent,
} from '../../src/session/protocol.ts';
import { parseSafetensors } from '../../models/safetensors.ts';
import { digest } from './digest.ts';

export interface Harness {
  trainer: Trainer;
  store: TrainerStore;
  events: TrainerEvent[];
  /** Calls `action` once, from inside the listener, when the row of `step` comes by. */
  atMetrics: (step: number, action: () => void) => void;
}

/** A trainer that has been opened. `changes` replaces parts of the host. */
export async function openTrainer(
  policies: string,
  changes: Partial<TrainerHost> = {},
  store: TrainerStore = createMemoryStore(),
): Promise<Harness> {
  const host: TrainerHost = {
    ...createNodeHost({ backend: 'wasm', policies }),
    openStore: () => Promise.resolve(store),
    ...changes,
  };
  const trainer = createTrainer(host);
  const events: TrainerEvent[] = [];
  const waiting: { step: number; action: () => void }[] = [];
  await trainer.open((event) => {
    events.push(event);
    if (event.type !== 'metrics' || event.history) return;
    const { step } = event.rows[0]!;
    for (const one of waiting.filter((w) => w.step === step)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.action();
    }
  });
  return { trainer, store, events, atMetrics: (step, action) => waiting.push({ step, action }) };
}

/** One word an event, with what tells it apart. */
export function said(events: readonly TrainerEvent[]): string[] {
  return events.map((event) => {
    if (event.type === 'state') return event.state;
    if (event.type === 'phase') return `${event.phase} ${event.step}`;
    if (event.type === 'rollout') return `rollout ${event.rollout.step}`;
    if (event.type === 'checkpoint') return `${event.checkpoint.reason} ${event.checkpoint.step}`;
    if (event.type === 'failure') return `failure ${event.failure.code}`;
    if (event.type !== 'metrics') return event.type;
    return `${event.history ? 'history' : 'metrics'} ${event.rows.map((row) => row.step).join()}`;
  });
}

export const stateOf = (events: readonly TrainerEvent[]): string | undefined =>
  events.findLast((event) => event.type === 'state')?.state;

export const failuresOf = (events: readonly TrainerEvent[]): Failure[] =>
  events.flatMap((event) => (event.type === 'failure' ? [event.failure] : []));

export const rolloutsOf = (events: readonly TrainerEvent[]): RolloutView[] =>
  events.flatMap((event) => (event.type === 'rollout' ? [event.rollout] : []));

export const inspectionsOf = (events: readonly TrainerEvent[]): InspectionView[] =>
  events.flatMap((event) => (event.type === 'inspection' ? [event.inspection] : []));

/** The rows told so far, history left out. */
export const rowsOf = (events: readonly TrainerEvent[]): StepMetrics[] =>
  events.flatMap((event) => (event.type === 'metrics' && !event.history ? event.rows : []));

const times = ['step_time', 'eval_time'];

/** A row without what the clock decides. */
export const withoutTimes = ({ values, ...row }: StepMetrics): StepMetrics => ({
  ...row,
  values: Object.fromEntries(Object.entries(values).filter(([key]) => !times.includes(key))),
});

/** The newest checkpoint of a run, with its tensors by name. */
export async function newest(store: TrainerStore, runId: string) {
  const { checkpoint } = await store.loadCheckpoint(runId);
  const { tensors, ...header } = checkpoint;
  return { ...header, digest: digest(tensors), byName: parseSafetensors(tensors).tensors };
}
