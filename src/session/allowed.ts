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
  /** Something else has the device, a race say. */
  beside: boolean;
}

export function allowed(now: Situation) {
  const { trainer, method, watching } = now;
  const free = (trainer === 'idle' || trainer === 'failed') && !now.beside && !now.trying;
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
    verify: free && !watching,
    /** Work beside no run can be ended with its worker. */
    cancel: (trainer === 'idle' || trainer === 'failed') && !watching,
    dryRun: trainer !== 'running' && trainer !== 'loading' && !watching && now.canTry,
  };
}
