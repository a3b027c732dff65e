/** How stored runs, their checkpoints and devices are named in choices, legends and tables. */
import type { BackendInfo, CheckpointReason, RunInfo } from '../session/protocol.ts';
import { share } from './format.ts';

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** "13:06" of today, "24 Nov, 13:06" of another day; local time. */
export function moment(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? time.format(at) : `${day.format(at)}, ${time.format(at)}`;
}

type Told = Pick<RunInfo, 'name' | 'updatedAt' | 'step' | 'evalGreedy'>;

/** "Countdown, RFT, seed 1, 13:06, 60 steps, 96 %". */
export function runLabel({ name, updatedAt, step, evalGreedy }: Told, now = Date.now()): string {
  const steps = `${step} ${step === 1 ? 'step' : 'steps'}`;
  const heldOut = evalGreedy === null ? [] : [share(evalGreedy)];
  return [name, moment(updatedAt, now), steps, ...heldOut].join(', ');
}

const backendNames = { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'CPU' } as const;

/** "CPU, 2 threads, SIMD · WASM". */
export const deviceLabel = ({ device, backend }: BackendInfo): string =>
  `${device} · ${backendNames[backend]}`;

/** Why a checkpoint was written. */
export const checkpointReasons: Record<CheckpointReason, string> = {
  interval: 'as planned',
  best: 'best so far',
  pause: 'paused',
  end: 'the end',
};
