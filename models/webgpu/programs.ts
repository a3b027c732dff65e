/** The WGSL programs of the training pass and of AdamW, by name; rollouts have their own. */
import adamW from './kernels/adamW.wgsl?raw';
import attention from './kernels/attention.wgsl?raw';
import attentionKeys from './kernels/attentionKeys.wgsl?raw';
import attentionQueries from './kernels/attentionQueries.wgsl?raw';
import embed from './kernels/embed.wgsl?raw';
import embedGradient from './kernels/embedGradient.wgsl?raw';
import entropies from './kernels/entropies.wgsl?raw';
import gainGradient from './kernels/gainGradient.wgsl?raw';
import gainGradientDirect from './kernels/gainGradientDirect.wgsl?raw';
import gainGradientTiled from './kernels/gainGradientTiled.wgsl?raw';
import gateUp from './kernels/gateUp.wgsl?raw';
import gateUpDirect from './kernels/gateUpDirect.wgsl?raw';
import gateUpTiled from './kernels/gateUpTiled.wgsl?raw';
import globalNorm from './kernels/globalNorm.wgsl?raw';
import linear from './kernels/linear.wgsl?raw';
import linearDirect from './kernels/linearDirect.wgsl?raw';
import linearTiled from './kernels/linearTiled.wgsl?raw';
import linearInput from './kernels/linearInput.wgsl?raw';
import linearInputDirect from './kernels/linearInputDirect.wgsl?raw';
import linearInputTiled from './kernels/linearInputTiled.wgsl?raw';
import linearWeight from './kernels/linearWeight.wgsl?raw';
import linearWeightDirect from './kernels/linearWeightDirect.wgsl?raw';
import linearWeightTiled from './kernels/linearWeightTiled.wgsl?raw';
import logps from './kernels/logps.wgsl?raw';
import logpsBackward from './kernels/logpsBackward.wgsl?raw';
import product from './kernels/product.wgsl?raw';
import reduceShares from './kernels/reduceShares.wgsl?raw';
import rmsNorm from './kernels/rmsNorm.wgsl?raw';
import rmsNormBackward from './kernels/rmsNormBackward.wgsl?raw';
import rope from './kernels/rope.wgsl?raw';
import squareSums from './kernels/squareSums.wgsl?raw';
import tile from './kernels/tile.wgsl?raw';
import tileRows from './kernels/tileRows.wgsl?raw';
import type { Program } from './program.ts';

const square = [8, 8, 1] as const;
const line = [64, 1, 1] as const;

/** [source, workgroup] of each. */
const sources = {
  embed: [embed, square],
  rmsNorm: [rmsNorm, line],
  rmsNormBackward: [rmsNormBackward, line],
  rope: [rope, square],
  attention: [attention, line],
  attentionQueries: [attentionQueries, line],
  attentionKeys: [attentionKeys, line],
  logps: [logps, line],
  entropies: [entropies, line],
  logpsBackward: [logpsBackward, square],
  embedGradient: [embedGradient, square],
  reduceShares: [reduceShares, line],
  squareSums: [squareSums, line],
  globalNorm: [globalNorm, [1, 1, 1]],
  adamW: [adamW, line],
} as const;

export const programs = Object.fromEntries(
  Object.entries(sources).map(([name, [code, workgroup]]) => [name, { name, code, workgroup }]),
) as Record<keyof typeof sources, Program>;

/**
 * The matrix products, and the other sum over all tokens: the text that both ways share, and what
 * each way adds to it.
 */
const productSources = {
  linear: [product + linear, linearDirect, linearTiled + tileRows],
  linearInput: [product + linearInput, linearInputDirect, linearInputTiled + tileRows],
  linearWeight: [linearWeight, linearWeightDirect, linearWeightTiled],
  gateUp: [product + gateUp, gateUpDirect, gateUpTiled],
  gainGradient: [gainGradient, gainGradientDirect, gainGradientTiled],
} as const;

type Products = Record<keyof typeof productSources, Program>;

const products = (make: (name: string, parts: readonly [string, string, string]) => Program) =>
  Object.fromEntries(
    Object.entries(productSources).map(([name, parts]) => [name, make(name, parts)]),
  ) as Products;

/**
 * These in two ways with the same bindings, sizes and invocations: operands in
 * registers alone, or in tiles of workgroup memory.
 */
export const productPrograms = {
  direct: products((name, [shared, direct]) => ({
    name,
    code: shared + direct,
    workgroup: square,
  })),
  tiled: products((name, [shared, , tiled]) => ({
    name: `${name}Tiled`,
    code: tile + shared + tiled,
    workgroup: [16, 16, 1],
  })),
} as const;
