/**
 * The dispatches that a training pass is built of, one function each: which program, with which
 * sizes, on which buffers. trainingSteps.ts puts them in order. Weights, gradients and buffers are
 * named, by parameter and as in passBuffers.ts.
 */
import type { DecoderConfig } from '../decoderConfig.ts';
import { logitWidth, sharesOf } from './passBuffers.ts';
import type { Step } from './plan.ts';
import { productPrograms, programs } from './programs.ts';
import type { ProductWay } from './productWay.ts';
import type { Layout } from './theta.ts';
import { flatSize } from '../ops/flat.ts';

/** What a pass is built for; [B, T] tokens. */
export interface PassShape {
  config: DecoderConfig;
  layout: Layout;
  tokens: number;
  columns: number;
  temperature: number;
  /** Whether entropies are given, or learnt from, as well. */
  entropies: boolean;
  /** How matrix products are computed. */
  way: ProductWay;
  /** The buffer of this name (passBuffers.ts). */
  buffer: (name: string) => GPUBuffer;
}

/** Invocations in a row of a dispatch over a flat vector, a multiple of the workgroup's. */
export const longestRow = 2 ** 20;

const quads = (count: number): number => Math.ceil(count / 4);

/** The pieces that both directions are built of, for one pass. */
export function piecesOf(shape: PassShape) {
  const { config, layout, tokens, columns, temperature, way, buffer } = shape;
  const products = productPrograms[way];
  const { hiddenSize: d, headDim, numAttentionHeads, numKeyValueHeads } = config;
  const theta = buffer('theta');
  const at = (name: string): number => layout.offsetOf(`${name}.weight`) / 4;
  const width = d / 4;
  const rowQuads = quads(tokens);
  const { shares, share } = sharesOf(layout.size, tokens);
  const stride = layout.size / 4;
  const heads = {
    HEADS: numAttentionHeads,
    KV_HEADS: numKeyValueHeads,
    HEAD4: headDim / 4,
  };
  const headConstants = { ...heads, SCALE: 1 / Math.sqrt(headDim) };
  const b = (...names: string[]): GPUBuffer[] => names.map(buffer);
  const tied = config.tieWordEmbeddings;
  const table = at('model.embed_tokens');

  return {
    head: tied ? 'model.embed_tokens' : 'lm_head',
    embed: (): Step => ({
      program: programs.embed,
      sizes: [tokens, width, table],
      buffers: [theta, ...b('ids', 'x0')],
      invocations: [width, tokens],
    }),
    embedGradient: (): Step => ({
      program: programs.embedGradient,
      constants: { TIED: tied },
      sizes: [tokens, width, config.vocabSize, share, table, stride],
      buffers: b('ids', 'dx', 'partial'),
      invocations: [width, config.vocabSize, shares],
    }),
    norm: (gain: string, x: string, h: string, scale: string): Step => ({
      program: programs.rmsNorm,
      constants: { EPSILON: config.rmsNormEps },
      sizes: [tokens, width, at(gain)],
      buffers: [theta, ...b(x, h, scale)],
      invocations: [tokens],
    }),
    normBackward: (gain: string, x: string, scale: string): Step[] => [
      {
        program: products.gainGradient,
        sizes: [tokens, width, share, at(gain), stride],
        buffers: b(x, scale, 'dh', 'partial'),
        invocations: [width, 1, shares],
      },
      {
        program: programs.rmsNormBackward,
        sizes: [tokens, width, at(gain)],
        buffers: [theta, ...b(x, scale, 'dh', 'dx')],
        invocations: [tokens],
      },
    ],
    /** y = x · Wᵀ, plus `residual` where it is named. */
    linear: (
      weight: string,
      [depth, outputs]: [number, number],
      x: string,
      y: string,
      residual?: string,
    ): Step => ({
      program: products.linear,
      constants: { RESIDUAL: residual !== undefined },
      sizes: [tokens, depth / 4, quads(outputs), at(weight)],
      buffers: [theta, ...b(x, residual ?? x, y)],
      invocations: [quads(outputs), rowQuads],
    }),
    /** dx = dy · W; with `pre`, on through the SwiGLU gate. */
    input: (
      weight: string,
      [depth, inputs]: [number, number],
      dy: string,
      dx: string,
      pre?: string,
    ): Step => ({
      program: products.linearInput,
      constants: { SWIGLU: pre !== undefined },
      sizes: [tokens, quads(depth), inputs / 4, at(weight)],
      buffers: [theta, ...b(dy, pre ?? dy, dx)],
      invocations: [inputs / 4, rowQuads],
    }),
    /** dW = dyᵀ · x into the flat gradient's shares. */
    weight: (weight: string, [inputs, outputs]: [number, number], dy: string, x: string): Step => ({
      program: products.linearWeight,
      sizes: [tokens, quads(outputs), inputs / 4, outputs, share, at(weight), stride],
      buffers: b(dy, x, 'partial'),
      invocations: [inputs / 4, quads(outputs), shares],
    }),
    gateUp: (weight: string, x: string, pre: string, a: string): Step => {
      const outputs = config.intermediateSize / 4;
      return {
        program: products.gateUp,
        sizes: [tokens, width, outputs, at(weight)],
        buffers: [theta, ...b(x, pre, a)],
        invocations: [outputs, rowQuads],
      };
    },
    rope: (qkv: string): Step => ({
      program: programs.rope,
      constants: heads,
      sizes: [tokens, columns],
      buffers: b('cosines', 'sines', qkv),
      invocations: [((numAttentionHeads + numKeyValueHeads) * headDim) / 8, tokens],
    }),
    attention: (qkv: string, out: string, logSums: string): Step => ({
      program: programs.attention,
      constants: headConstants,
      sizes: [tokens, columns],
      buffers: b(qkv, out, logSums),
      invocations: [tokens, numAttentionHeads],
    }),
    attentionBackward: (qkv: string, out: string, logSums: string): Step[] => [
      {
        program: programs.attentionQueries,
        constants: headConstants,
        sizes: [tokens, columns],
        buffers: b(qkv, out, logSums, 'dout', 'cosines', 'sines', 'deltas', 'dqkv'),
        invocations: [tokens, numAttentionHeads],
      },
      {
        program: programs.attentionKeys,
        constants: headConstants,
        sizes: [tokens, columns],
        buffers: b(qkv, logSums, 'deltas', 'dout', 'cosines', 'sines', 'dqkv'),
        invocations: [tokens, numKeyValueHeads],
      },
    ],
    reduceShares: (): Step => {
      const size = flatSize([layout]) / 4;
      const row = Math.min(size, longestRow);
      return {
        program: programs.reduceShares,
        sizes: [size, stride, shares, row],
        buffers: b('partial', 'gradient'),
        invocations: [row, Math.ceil(size / row)],
      };
    },
    logps: (): Step => ({
      program: programs.logps,
      constants: { TEMPERATURE: temperature },
      sizes: [tokens, config.vocabSize, logitWidth(config)],
      buffers: b('logits', 'targets', 'logps', 'tokenLogSums'),
      invocations: [tokens],
    }),
    entropies: (): Step => ({
      program: programs.entropies,
      constants: { TEMPERATURE: temperature },
      sizes: [tokens, config.vocabSize, logitWidth(config)],
      buffers: b('logits', 'entropies'),
      invocations: [tokens],
    }),
    logpsBackward: (): Step => ({
      program: programs.logpsBackward,
      constants: { TEMPERATURE: temperature, ENTROPIES: shape.entropies },
      sizes: [tokens, config.vocabSize, logitWidth(config)],
      buffers: b('targets', 'tokenLogSums', 'dLogps', 'entropies', 'dEntropies', 'logits'),
      invocations: [quads(config.vocabSize), tokens],
    }),
  };
}
