/**
 * Log-probabilities of given tokens under a whole policy, and the gradient of a loss on them with
 * respect to every parameter: what training needs of the network. Where a backend registers the
 * kernels 'PolicyLogps' and 'PolicyLogpsGrad', each direction is one call of them, for plain llama
 * decoders whose sizes they take; the composition of decoder.ts and tokenLogps.ts is the oracle
 * and serves the rest. Gradients are flat (flat.ts), so nothing is done parameter by parameter.
 */
import * as tf from '@tensorflow/tfjs-core';
import '../gradients.ts';
import type { DecoderConfig } from '../decoderConfig.ts';
import { policyLogits, type Policy } from '../policy.ts';
import { flatten } from './flat.ts';
import { hasKernel } from './hasKernel.ts';
import { namedParameters } from './parametersOf.ts';
import { tokenLogps } from './tokenLogps.ts';

/** What the kernels must know beyond the shapes of their inputs. */
export interface PolicyLogpsAttrs {
  config: DecoderConfig;
  temperature: number;
}

/** The tokens of a pass: ids [B, T] int32 right-padded, targets [B·T] int32, temperature > 0. */
export interface PassTokens {
  ids: tf.Tensor2D;
  targets: tf.Tensor1D;
  temperature: number;
}

/** A scalar loss, differentiable with respect to log-probabilities [B·T]. */
export type LossOfLogps = (logps: tf.Tensor1D) => tf.Scalar;

/** The owner disposes all three. */
export type LogpsGradient = {
  loss: tf.Scalar;
  /** [B·T] */
  logps: tf.Tensor1D;
  /** [P] */
  gradient: tf.Tensor1D;
};

/** Whether the kernels compute this architecture: no biases, no norms of heads, whole blocks. */
export function passKernelTakes(config: DecoderConfig): boolean {
  const { hiddenSize, intermediateSize, headDim, numAttentionHeads, numKeyValueHeads } = config;
  const widths = [
    ...[hiddenSize, intermediateSize],
    ...[numAttentionHeads * headDim, numKeyValueHeads * headDim],
  ];
  return !config.qkvBias && !config.qkNorm && widths.every((width) => width % 8 === 0);
}

/** Whether the active backend's kernels compute this architecture. */
function fused(config: DecoderConfig): boolean {
  // On a GPU an invocation rotates whole vec4s of a head against the other half of it.
  const wholeHeads = tf.getBackend() !== 'webgpu' || config.headDim % 8 === 0;
  return hasKernel('PolicyLogps') && passKernelTakes(config) && wholeHeads;
}

/** Composition of `policyLogps`. */
export function policyLogpsReference(policy: Policy, pass: PassTokens): tf.Tensor1D {
  return tokenLogps(policyLogits(policy, pass.ids), pass.targets, pass.temperature);
}

/** Through the backend's own kernels, which take the parameters as p0, p1, … in their order. */
function kernelCalls(policy: Policy, { ids, targets, temperature }: PassTokens) {
  const { config, ropeTable, parameters } = policy;
  const inputs = { ids, targets, ...ropeTable, ...namedParameters(parameters.values()) };
  const attrs = { config, temperature } as unknown as tf.NamedAttrMap;
  const call = (name: string, more: tf.NamedTensorMap): tf.Tensor1D =>
    tf.engine().runKernel<tf.Tensor1D>(name, { ...inputs, ...more }, attrs);
  return {
    forward: () => call('PolicyLogps', {}),
    /** Right after `forward`, whose activations it needs. */
    backward: (dy: tf.Tensor) => call('PolicyLogpsGrad', { dy }),
  };
}

/** Log-probabilities [B·T], without a gradient. */
export function policyLogps(policy: Policy, pass: PassTokens): tf.Tensor1D {
  return fused(policy.config)
    ? kernelCalls(policy, pass).forward()
    : policyLogpsReference(policy, pass);
}

/** Composition of `logpsGradient`, through tfjs' own differentiation. */
export function logpsGradientReference(
  policy: Policy,
  pass: PassTokens,
  lossOf: LossOfLogps,
): LogpsGradient {
  const variables = [...policy.parameters.values()];
  const kept: tf.Tensor1D[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const logps = policyLogpsReference(policy, pass);
    kept.push(tf.keep(logps));
    return lossOf(logps);
  }, variables);
  const gradient = flatten(
    variables.map((variable) => {
      const grad = grads[variable.name];
      if (!grad) throw new Error(`internal: no gradient for ${variable.name}`);
      return grad;
    }),
  );
  tf.dispose(grads);
  const [logps] = kept;
  if (!logps) throw new Error('internal: the loss was not evaluated');
  return { loss: value, logps, gradient };
}

/** `lossOf` of the log-probabilities, these, and the loss's gradient to all parameters. */
export function logpsGradient(
  policy: Policy,
  pass: PassTokens,
  lossOf: LossOfLogps,
): LogpsGradient {
  if (!fused(policy.config)) return logpsGradientReference(policy, pass, lossOf);
  const { forward, backward } = kernelCalls(policy, pass);
  const logps = forward();
  const { value, grad } = tf.valueAndGrad(lossOf as (x: tf.Tensor) => tf.Tensor)(logps);
  const gradient = backward(grad);
  grad.dispose();
  return { loss: value as tf.Scalar, logps, gradient };
}
