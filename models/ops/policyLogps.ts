/**
 * Log-probabilities of given tokens under a whole policy, on request the entropies they were drawn
 * at, and the gradient of a loss on both with respect to every parameter: what training needs of
 * the network. Where a backend registers the kernels 'PolicyLogps' and 'PolicyLogpsGrad', each
 * direction is one call of them, for plain llama decoders whose sizes they take; the composition
 * of decoder.ts and tokenLogps.ts is the oracle and serves the rest. Gradients are flat (flat.ts),
 * so nothing is done parameter by parameter.
 */
import * as tf from '@tensorflow/tfjs-core';
import '../gradients.ts';
import type { DecoderConfig } from '../decoderConfig.ts';
import { policyLogits, type Policy } from '../policy.ts';
import { flatten } from './flat.ts';
import { hasKernel } from './hasKernel.ts';
import { namedParameters } from './parametersOf.ts';
import { entropies as entropiesOf, tokenLogps } from './tokenLogps.ts';

/** What the kernels must know beyond the shapes of their inputs. */
export interface PolicyLogpsAttrs {
  config: DecoderConfig;
  temperature: number;
  /** Forward: give the entropies too. Backward: there is a gradient with respect to them too. */
  entropies: boolean;
}

/** The tokens of a pass: ids [B, T] int32 right-padded, targets [B·T] int32, temperature > 0. */
export interface PassTokens {
  ids: tf.Tensor2D;
  targets: tf.Tensor1D;
  temperature: number;
}

/**
 * A scalar loss, differentiable with respect to log-probabilities [B·T] and, where they were asked
 * for, to the entropies [B·T] of the whole distributions at those positions.
 */
export type LossOfLogps = (logps: tf.Tensor1D, entropies: tf.Tensor1D | null) => tf.Scalar;

/** What a pass computes besides log-probabilities. */
export interface PassExtras {
  entropies?: boolean;
}

/** The owner disposes all of them. */
export type LogpsGradient = {
  loss: tf.Scalar;
  /** [B·T] */
  logps: tf.Tensor1D;
  /** [B·T] in nats, of softmax(logits / temperature); null where they were not asked for. */
  entropies: tf.Tensor1D | null;
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
function kernelCalls(policy: Policy, pass: PassTokens, entropies: boolean) {
  const { ids, targets, temperature } = pass;
  const { config, ropeTable, parameters } = policy;
  const inputs = { ids, targets, ...ropeTable, ...namedParameters(parameters.values()) };
  const attrs = { config, temperature, entropies } as unknown as tf.NamedAttrMap;
  return {
    /** Log-probabilities, then entropies if they are asked for. */
    forward: () => tf.engine().runKernel<tf.Tensor1D[]>('PolicyLogps', inputs, attrs),
    /** From the gradients to all of these. Right after `forward`, whose activations it needs. */
    backward: (gradients: readonly tf.Tensor[]) => {
      const [dLogps, dEntropies] = gradients as [tf.Tensor, tf.Tensor | undefined];
      const more = { dLogps, ...(dEntropies ? { dEntropies } : {}) };
      return tf.engine().runKernel<tf.Tensor1D>('PolicyLogpsGrad', { ...inputs, ...more }, attrs);
    },
  };
}

/** Log-probabilities [B·T], without a gradient. */
export function policyLogps(policy: Policy, pass: PassTokens): tf.Tensor1D {
  return fused(policy.config)
    ? kernelCalls(policy, pass, false).forward()[0]!
    : policyLogpsReference(policy, pass);
}

/** Composition of `logpsGradient`, through tfjs' own differentiation. */
export function logpsGradientReference(
  policy: Policy,
  pass: PassTokens,
  lossOf: LossOfLogps,
  extras: PassExtras = {},
): LogpsGradient {
  const { ids, targets, temperature } = pass;
  const variables = [...policy.parameters.values()];
  const kept: tf.Tensor1D[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const logits = policyLogits(policy, ids);
    const logps = tf.keep(tokenLogps(logits, targets, temperature));
    const entropies = extras.entropies ? tf.keep(entropiesOf(logits, temperature)) : null;
    kept.push(logps, ...(entropies ? [entropies] : []));
    return lossOf(logps, entropies);
  }, variables);
  const gradient = flatten(
    variables.map((variable) => {
      const grad = grads[variable.name];
      if (!grad) throw new Error(`internal: no gradient for ${variable.name}`);
      return grad;
    }),
  );
  tf.dispose(grads);
  const [logps, entropies = null] = kept;
  if (!logps) throw new Error('internal: the loss was not evaluated');
  return { loss: value, logps, entropies, gradient };
}

/**
 * `lossOf` and its gradients to all of `xs`: zeros to one that the loss does not depend on, which
 * tf.valueAndGrads refuses.
 */
function lossGradients(
  lossOf: () => tf.Scalar,
  xs: tf.Tensor1D[],
): { loss: tf.Scalar; gradients: tf.Tensor[] } {
  return tf.tidy(() => {
    const { value, grads } = tf.engine().gradients<tf.Scalar>(lossOf, xs);
    const found = grads as (tf.Tensor | undefined)[];
    return { loss: value, gradients: xs.map((x, i) => found[i] ?? tf.zerosLike(x)) };
  });
}

/**
 * `lossOf` of the log-probabilities and perhaps the entropies, both of them, and the loss's
 * gradient to all parameters.
 */
export function logpsGradient(
  policy: Policy,
  pass: PassTokens,
  lossOf: LossOfLogps,
  extras: PassExtras = {},
): LogpsGradient {
  if (!fused(policy.config)) return logpsGradientReference(policy, pass, lossOf, extras);
  const { forward, backward } = kernelCalls(policy, pass, extras.entropies ?? false);
  const outputs = forward();
  const [logps, entropies = null] = outputs as [tf.Tensor1D, tf.Tensor1D?];
  const { loss, gradients } = lossGradients(() => lossOf(logps, entropies), outputs);
  const gradient = backward(gradients);
  tf.dispose(gradients);
  return { loss, logps, entropies, gradient };
}
