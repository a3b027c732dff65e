/**
 * Runs work on the active WebGPU device so that what the device refuses stays with the work: it is
 * told to the caller and not to the device's `uncapturederror`, which the trainer takes as fatal.
 * Want of memory says nothing about the work and is an error here.
 */
import { CodedError } from '../errors.ts';
import { activeGpu } from './tfjsGpu.ts';

const filters: readonly GPUErrorFilter[] = ['out-of-memory', 'validation', 'internal'];

/** The work's result, or null where the device refused a part of it. */
export async function guarded<T>(work: () => Promise<T>): Promise<T | null> {
  const { device } = activeGpu();
  for (const filter of filters) device.pushErrorScope(filter);
  const [outcome] = await Promise.allSettled([work()]);
  const popped = await Promise.allSettled(filters.map(() => device.popErrorScope()));
  if (outcome.status === 'rejected') throw outcome.reason;
  // The scope pushed first is popped last.
  const errors = popped.map((one) => (one.status === 'fulfilled' ? one.value : null)).reverse();
  const [memory, ...refusals] = errors;
  if (memory) throw new CodedError('gpu-error', 'The GPU has too little memory.', memory.message);
  return refusals.every((error) => error === null) ? outcome.value : null;
}
