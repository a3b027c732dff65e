/** Which of the Lab's commands make sense now: one table for buttons and keys. Pure. */
import type { Method } from '../rft/configTable.ts';
import type { TrainerState } from './protocol.ts';

export interface Situation {
  trainer: TrainerState;
  pausing: boolean;
  stopping: boolean;
  /** Of the run that is shown; null without one. */
  method: Method | null;
  /** The run that is shown is another tab's. */
  watching: boolean;
  /** The form has no problem. */
  hasRecipe: boolean;
  /** There is a recipe that a dry run could be of. */
  canTry: boolean;
  /** A dry run has the device. */
  trying: boolean;
  /** A race has the device, or waits with it. */
  racing: boolean;
  /** A measurement has the device. */
  measuring: boolean;
}

/** Why nothing else may have the device; it goes on with what the race is to be ended for. */
export const RACING = 'A race is in progress in Compare: end it';

export function allowed(now: Situation) {
  const { trainer, method, watching } = now;
  const over = trainer === 'idle' || trainer === 'failed';
  const going = trainer === 'running' || trainer === 'loading';
  const free = over && !now.racing && !now.measuring && !now.trying;
  const ready = free && now.hasRecipe && !watching;
  const mine = !watching && !now.stopping;
  const paused = trainer === 'paused' && mine;
  const running = trainer === 'running' && mine;
  const next = ready || (paused && !now.trying);
  return {
    run: next,
    pause: running && !now.pausing,
    step: next,
    inspect: paused && !now.trying && method === 'rft',
    stop: paused || running || (trainer === 'loading' && !watching),
    change: (paused || running) && method !== 'sft',
    measure: ready,
    race: free && now.hasRecipe,
    verify: free && !watching,
    /** Work beside no run can be ended with its worker. */
    cancel: over && !watching,
    dryRun: !going && !now.racing && !watching && now.canTry,
    /** A stored run, whole or from a checkpoint, can take the place of the one that is shown. */
    take: over && !now.racing,
    /** A policy can be asked. */
    ask: !going && !now.racing,
  };
}
