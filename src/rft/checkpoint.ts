/**
 * A learner's state as bytes and back, bit for bit: weights by Hugging Face name, both AdamW
 * moments as one vector each, and the counters as safetensors metadata. Config, seed and step
 * travel beside the bytes (see storage); random numbers have no state but the step.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CodedError } from '../../models/errors.ts';
import { createPolicy, readPolicy, type Policy } from '../../models/policy.ts';
import { parseSafetensors, writeSafetensors, type NamedArray } from '../../models/safetensors.ts';
import { codeVersion } from './codeVersion.ts';
import type { Learner } from './learner.ts';

const momentNames = { m: 'optimizer.m', v: 'optimizer.v' } as const;

/** The reference's parameters among the policy's; only where it follows the policy. */
const referenceName = (name: string): string => `reference.${name}`;

const hasReference = (tensors: ReadonlyMap<string, NamedArray>): boolean =>
  [...tensors.keys()].some((name) => name.startsWith(referenceName('')));

const movingReference = ({ config, reference }: Learner): Policy | null =>
  config.syncRefModel ? reference : null;

/** Reads everything back from the device and packs it. */
export async function packLearner(learner: Learner): Promise<Uint8Array> {
  const tensors = await readPolicy(learner.policy);
  const reference = movingReference(learner);
  for (const [name, value] of reference ? await readPolicy(reference) : []) {
    tensors.set(referenceName(name), value);
  }
  for (const [key, name] of Object.entries(momentNames)) {
    const moment = learner.optimizer[key as keyof typeof momentNames];
    const data = (await moment.data()) as Float32Array;
    tensors.set(name, { shape: moment.shape, data: data.slice() });
  }
  return writeSafetensors(tensors, {
    step: String(learner.step),
    prompt_cursor: String(learner.promptCursor),
    num_tokens: String(learner.numTokens),
    updates: String(learner.optimizer.updates),
    ...(learner.chain === null ? {} : { chain: learner.chain, code_version: codeVersion }),
  });
}

function counter(metadata: Record<string, string>, name: string): number {
  const value = Number(metadata[name]);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new CodedError('damaged-checkpoint', 'The checkpoint’s counters cannot be read.', name);
  }
  return value;
}

/** Null in checkpoints from before there was one, and in those that another version wrote. */
function chainOf(metadata: Record<string, string>): string | null {
  const { chain, code_version } = metadata;
  if (chain === undefined || code_version !== codeVersion) return null;
  if (/^[0-9a-f]{64}$/.test(chain)) return chain;
  throw new CodedError('damaged-checkpoint', 'The checkpoint’s digest cannot be read.', chain);
}

function tensorOf(
  tensors: ReadonlyMap<string, NamedArray>,
  name: string,
  shape: readonly number[],
): NamedArray {
  const found = tensors.get(name);
  if (found?.shape.join() !== shape.join()) {
    throw new CodedError(
      'damaged-checkpoint',
      'The checkpoint does not fit this policy.',
      `${name}: expected [${shape.join()}], found [${found?.shape.join() ?? 'nothing'}]`,
    );
  }
  return found;
}

/**
 * Restores a fresh learner (same config, same base) to the packed state. Throws CodedError
 * 'damaged-checkpoint' or 'corrupt-safetensors' before anything is changed.
 */
export function restoreLearner(learner: Learner, bytes: Uint8Array): void {
  const { tensors, metadata } = parseSafetensors(bytes);
  const step = counter(metadata, 'step');
  const promptCursor = counter(metadata, 'prompt_cursor');
  const numTokens = counter(metadata, 'num_tokens');
  const updates = counter(metadata, 'updates');
  const chain = chainOf(metadata);
  const { policy, optimizer } = learner;
  const values = [...policy.parameters].map(([name, variable]) => ({
    variable,
    value: tensorOf(tensors, name, variable.shape),
  }));
  // A reference that has moved is kept while no KL needs it; it may come back.
  if (learner.config.syncRefModel && hasReference(tensors)) {
    learner.reference ??= createPolicy(learner.base.config, learner.base.tensors);
  }
  for (const [name, variable] of movingReference(learner)?.parameters ?? []) {
    values.push({ variable, value: tensorOf(tensors, referenceName(name), variable.shape) });
  }
  const m = tensorOf(tensors, momentNames.m, optimizer.m.shape);
  const v = tensorOf(tensors, momentNames.v, optimizer.v.shape);

  for (const { variable, value } of values) {
    const tensor = tf.tensor(value.data, [...value.shape], 'float32');
    variable.assign(tensor);
    tensor.dispose();
  }
  tf.dispose([optimizer.m, optimizer.v]);
  optimizer.m = tf.tensor1d(m.data);
  optimizer.v = tf.tensor1d(v.data);
  optimizer.updates = updates;
  learner.step = step;
  learner.promptCursor = promptCursor;
  learner.numTokens = numTokens;
  learner.chain = chain;
}
