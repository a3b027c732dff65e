/** Golden tests over policy folders, for the backend that is active when they run. */
import { expect, it } from 'vitest';
import {
  adamWErrors,
  forwardErrors,
  gradientErrors,
  greedyTokens,
  greedyTokensUncached,
  type GoldenFolder,
} from './policyChecks.ts';

/** Declares every check of goldens/README.md, with its tolerance, for one folder. */
export function policyGolden(folder: GoldenFolder): void {
  const { expected } = folder;
  it(`${folder.name}: logits, log-probabilities and entropies`, async () => {
    const { logitError, logpError, entropyError } = await forwardErrors(folder);
    expect(logitError).toBeLessThan(1e-4);
    expect(logpError).toBeLessThan(1e-4);
    expect(entropyError).toBeLessThan(1e-4);
  });
  it(`${folder.name}: loss and the gradient of every parameter`, async () => {
    const { loss, error } = await gradientErrors(folder);
    expect(loss).toBeCloseTo(expected.mean_nll, 4);
    expect(error).toBeLessThan(1e-3 * expected.grad_global_norm);
  });
  it(`${folder.name}: three clipped AdamW steps`, async () => {
    const { losses, error } = await adamWErrors(folder);
    expected.adamw.losses_before_each_step.forEach((loss, step) => {
      expect(losses[step]).toBeCloseTo(loss, 3);
    });
    expect(error).toBeLessThan(1e-4);
  });
  it(`${folder.name}: greedy tokens, with the KV cache and without`, async () => {
    expect(await greedyTokens(folder)).toEqual(expected.greedy_tokens);
    expect(await greedyTokensUncached(folder)).toEqual(expected.greedy_tokens);
  });
}
