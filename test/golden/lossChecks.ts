/** One case of policy_losses.json evaluated with our loss, wherever tfjs runs. */
import * as tf from '@tensorflow/tfjs-core';
import '../../models/gradients.ts';
import {
  lossSums,
  policyLoss,
  tokenWeights,
  type LossInputs,
  type LossType,
} from '../../src/rft/loss.ts';

export interface LossCase {
  name: string;
  config: {
    loss_type: string;
    beta: number;
    epsilon: number;
    epsilon_high: number;
    importance_sampling_level: string;
    top_entropy_quantile: number;
    off_policy_mask_threshold: number | null;
    max_completion_length: number;
    entropy_coef: number;
    delta: number | null;
    use_bias_correction_kl: boolean;
  };
  inputs: {
    logps: number[][];
    old: number[][] | null;
    ref: number[][];
    mask: number[][];
    entropies: number[][];
    advantages: number[];
  };
  expected: { loss: number; grad_logps: number[][]; metrics: Record<string, number> };
}

/** The cases that use nothing but what the loop offers today; the rest comes with their methods. */
export function isOffered({ config }: LossCase): boolean {
  return (
    config.loss_type in tokenWeights &&
    config.importance_sampling_level === 'token' &&
    config.top_entropy_quantile === 1 &&
    config.off_policy_mask_threshold === null &&
    config.entropy_coef === 0 &&
    config.delta === null &&
    !config.use_bias_correction_kl
  );
}

/** Loss, its gradient with respect to the log-probabilities (row-major), and the metrics. */
export async function evaluateCase({ config, inputs }: LossCase) {
  const lengths = inputs.mask.map((row) => row.reduce((a, b) => a + b, 0));
  const shape = { lengths, maxCompletionLength: config.max_completion_length };
  const weightOf = tokenWeights[config.loss_type as LossType];
  const weights = inputs.mask.map((row, b) => row.map((m) => m * weightOf(shape, b)));
  const rest: Omit<LossInputs, 'logps'> = {
    old: inputs.old ? tf.tensor2d(inputs.old) : null,
    ref: config.beta > 0 ? tf.tensor2d(inputs.ref) : null,
    advantages: tf.tensor2d(inputs.advantages, [inputs.advantages.length, 1]),
    mask: tf.tensor2d(inputs.mask),
    weights: tf.tensor2d(weights),
  };
  const options = {
    beta: config.beta,
    epsilon: config.epsilon,
    epsilonHigh: config.epsilon_high,
  };
  const logps = tf.tensor2d(inputs.logps);
  const lossOf = (x: tf.Tensor): tf.Scalar =>
    policyLoss({ ...rest, logps: x as tf.Tensor2D }, options);
  const { value, grad } = tf.valueAndGrad(lossOf)(logps);
  const sums = lossSums({ ...rest, logps }, options);
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const number = async (x: tf.Tensor): Promise<number> => (await x.data())[0] ?? NaN;
  const low = (await number(sums.clippedLow)) / tokens;
  const high = (await number(sums.clippedHigh)) / tokens;
  return {
    loss: await number(value),
    gradient: [...(await grad.data())],
    metrics: {
      'clip_ratio/low_mean': low,
      'clip_ratio/high_mean': high,
      'clip_ratio/region_mean': low + high,
      ...(rest.ref ? { kl: (await number(sums.kl)) / tokens } : {}),
    } as Record<string, number>,
  };
}
