/**
 * The reference policy: what the KL is measured against. A frozen copy of the base policy, unless
 * it follows the policy now and then (Gorbatovski et al., "Learn Your Reference Model", 2024, TR-DPO
 * eq. 5; TRL's `sync_ref_model`). It exists only while some step of the run needs it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Policy } from '../../models/policy.ts';
import type { RunConfig } from './configTable.ts';

/** Whether the step at hand, whose config this is, looks at the reference. */
export const usesReference = ({ method, beta }: Pick<RunConfig, 'method' | 'beta'>): boolean =>
  method === 'rft' && beta > 0;

/** Moves the reference: α·policy + (1 − α)·reference, parameter by parameter. */
export function mixReference(reference: Policy, policy: Policy, alpha: number): void {
  for (const [name, variable] of reference.parameters) {
    const current = policy.parameters.get(name);
    if (!current) throw new Error(`internal: no parameter ${name}`);
    const mixed = tf.tidy(() => tf.add(tf.mul(current, alpha), tf.mul(variable, 1 - alpha)));
    variable.assign(mixed);
    mixed.dispose();
  }
}
