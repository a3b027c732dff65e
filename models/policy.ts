/**
 * A policy on the active backend: its parameters as tensors, its configuration and its tokenizer,
 * with the conversions to and from a Hugging Face folder. It owns its tensors: whoever makes one
 * disposes it. Parameters are always visited in the order of `parameterShapes`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DecoderConfig } from './decoderConfig.ts';
import { hiddenStates, outputLogits, rotationOfColumns, ropeTableOf } from './decoder.ts';
import type { RopeTable } from './ops/rope.ts';
import { parameterShapes } from './parameters.ts';
import type { NamedArray } from './safetensors.ts';

export interface Policy {
  readonly config: DecoderConfig;
  /** Parameters by Hugging Face name, in the order of `parameterShapes`. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly ropeTable: RopeTable;
}

/** Uploads weights; `tensors` must hold every name of `parameterShapes` in its shape. */
export function createPolicy(
  config: DecoderConfig,
  tensors: ReadonlyMap<string, NamedArray>,
): Policy {
  const parameters = new Map<string, tf.Variable>();
  for (const [name, shape] of parameterShapes(config)) {
    const source = tensors.get(name);
    if (!source) throw new Error(`internal: weights lack ${name}`);
    const value = tf.tensor(source.data, [...shape], 'float32');
    parameters.set(name, tf.variable(value));
    value.dispose();
  }
  return { config, parameters, ropeTable: ropeTableOf(config, config.maxPositionEmbeddings) };
}

/** Reads every parameter back to the host. */
export async function readPolicy(policy: Policy): Promise<Map<string, NamedArray>> {
  const tensors = new Map<string, NamedArray>();
  for (const [name, variable] of policy.parameters) {
    const data = (await variable.data()) as Float32Array;
    tensors.set(name, { shape: variable.shape, data: data.slice() });
  }
  return tensors;
}

export function disposePolicy(policy: Policy): void {
  for (const variable of policy.parameters.values()) variable.dispose();
  tf.dispose([policy.ropeTable.cos, policy.ropeTable.sin]);
}

/** Logits of every position of right-padded rows: ids [B, T] int32 -> [B·T, V]. */
export function policyLogits(
  policy: Policy,
  ids: tf.Tensor2D,
  parameters: ReadonlyMap<string, tf.Tensor> = policy.parameters,
): tf.Tensor2D {
  const rotation = rotationOfColumns(policy.ropeTable, ids.shape[1]);
  const hidden = hiddenStates(parameters, policy.config, ids, rotation);
  return outputLogits(parameters, policy.config, hidden);
}
