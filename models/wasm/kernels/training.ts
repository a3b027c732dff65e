/**
 * Exports of the training module (AssemblyScript): the caller calls `plan`, makes the memory reach
 * its result, writes the parameters, ids, targets and tables where these functions say, zeros in
 * between, and runs `forward`, then perhaps `backward`.
 */
import * as plan from './plan';

export { backward } from './decoderBackward';
export { forward } from './decoderForward';
export { parameters, plan } from './plan';

export function ids(): usize {
  return plan.ids;
}
export function targets(): usize {
  return plan.targets;
}
export function cos(): usize {
  return plan.cos;
}
export function sin(): usize {
  return plan.sin;
}
export function logps(): usize {
  return plan.logps;
}
export function dLogps(): usize {
  return plan.dLogps;
}
export function entropies(): usize {
  return plan.entropies;
}
export function dEntropies(): usize {
  return plan.dEntropies;
}
/** A parameter's address plus this is its gradient's. */
export function toGradient(): usize {
  return plan.toGradient;
}
