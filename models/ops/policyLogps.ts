/**
 * Log-probabilities of given tokens under a whole policy: what training needs of the network, as
 * one op with a gradient to every parameter. Where a backend registers the kernels 'PolicyLogps'
 * and 'PolicyLogpsGrad', each direction is one call of them, for plain llama decoders whose sizes
 * they take; the composition of decoder.ts and tokenLogps.ts is the oracle and serves the rest.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../decoderConfig.ts';
import { policyLogits, type Policy } from '../policy.ts';
import { hasKernel } from './hasKernel.ts';
import { tokenLogps } from './tokenLogps.ts';

/** What the kernels must know beyond the shapes of their inputs. */
export interface PolicyLogpsAttrs {
  intermediate: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  tied: boolean;
  epsilon: number;
  temperature: number;
}

/** Whether the kernels compute this architecture: no biases, no norms of heads, whole blocks. */
export function kernelTakes(config: DecoderConfig): boolean {
  const { hiddenSize, intermediateSize, headDim, numAttentionHeads, numKeyValueHeads } = config;
  const widths = [
    ...[hiddenSize, intermediateSize],
    ...[numAttentionHeads * headDim, numKeyValueHeads * headDim],
  ];
  return !config.qkvBias && !config.qkNorm && widths.every((width) => width % 8 === 0);
}

/** Composition of `policyLogps`. */
export function policyLogpsReference(
  policy: Policy,
  ids: tf.Tensor2D,
  targets: tf.Tensor1D,
  temperature: number,
): tf.Tensor1D {
  return tokenLogps(policyLogits(policy, ids), targets, temperature);
}

/** Through the backend's own kernels, which take the parameters as p0, p1, … in their order. */
function policyLogpsKernel(
  policy: Policy,
  ids: tf.Tensor2D,
  targets: tf.Tensor1D,
  temperature: number,
): tf.Tensor1D {
  const { config, ropeTable } = policy;
  const attrs = {
    intermediate: config.intermediateSize,
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
    kvHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    tied: config.tieWordEmbeddings,
    epsilon: config.rmsNormEps,
    temperature,
  };
  const named = (tensors: readonly tf.Tensor[]): tf.NamedTensorMap =>
    Object.fromEntries(tensors.map((tensor, i) => [`p${String(i)}`, tensor]));
  const op = tf.customGrad((...args) => {
    const parameters = args.slice(0, -1) as tf.Tensor[];
    const save = args[args.length - 1] as unknown as tf.GradSaveFunc;
    const inputs = { ids, targets, cos: ropeTable.cos, sin: ropeTable.sin };
    const outputs: unknown = tf
      .engine()
      .runKernel('PolicyLogps', { ...inputs, ...named(parameters) }, { ...attrs });
    const [logps, generation] = outputs as [tf.Tensor1D, tf.Scalar];
    save([generation, ids, targets, ...parameters]);
    return {
      value: logps,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedGeneration, savedIds, savedTargets, ...savedParameters] = saved;
        return tf.engine().runKernel(
          'PolicyLogpsGrad',
          {
            ...inputs,
            ids: savedIds!,
            targets: savedTargets!,
            ...named(savedParameters),
            generation: savedGeneration!,
            dy,
          },
          { ...attrs },
        );
      },
    };
  });
  return op(...policy.parameters.values());
}

/** ids [B, T] int32 right-padded, targets [B·T] int32, temperature > 0 -> [B·T]. */
export function policyLogps(
  policy: Policy,
  ids: tf.Tensor2D,
  targets: tf.Tensor1D,
  temperature: number,
): tf.Tensor1D {
  const fused = hasKernel('PolicyLogps') && kernelTakes(policy.config);
  return (fused ? policyLogpsKernel : policyLogpsReference)(policy, ids, targets, temperature);
}
