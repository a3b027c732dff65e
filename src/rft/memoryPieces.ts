/**
 * The pieces of memory that a run holds at its peak. On a GPU every buffer is a piece, from the
 * tables that buffers are made from; WASM has one memory for each module. Counted is what our
 * kernels and the learner hold, not what tfjs keeps in reserve, nor what the compositions would
 * take where no kernel serves.
 */
import type { DecoderConfig } from '../../models/decoderConfig.ts';
import { roundUp, type RolloutSizes } from '../../models/memory.ts';
import { lane } from '../../models/ops/lane.ts';
import { parameterShapes } from '../../models/parameters.ts';
import * as wasm from '../../models/wasm/kernelWords.ts';
import { passWords } from '../../models/webgpu/passBuffers.ts';
import { largestExtent, rolloutWords } from '../../models/webgpu/rolloutWords.ts';
import { microBatches, rowRounding, type RunSizes } from './runSizes.ts';

export const partNames = ['learning', 'sampling', 'optimiser', 'weights'] as const;

export type PartName = (typeof partNames)[number];

/** What makes a piece smaller: another policy, or else shorter texts, or else fewer of them. */
export type Cure = 'policy' | 'length' | 'rows';

/** `count` buffers of `bytes` each. */
export interface Piece {
  part: PartName;
  /** For people, as the subject of "needs". */
  what: string;
  cure: Cure;
  bytes: number;
  count: number;
}

/** Rows and columns of a micro-batch. */
export type Grid = readonly [rows: number, columns: number];

/** How a kind of device does the work. */
export interface Kind {
  /** Rows that a micro-batch may have, most first. */
  rows: readonly number[];
  columnRounding: number;
  /** The training pass over one micro-batch. */
  pass: (decoder: DecoderConfig, grid: Grid) => Piece[];
  /** Rollouts that share their memory. */
  rollouts: (decoder: DecoderConfig, rollouts: readonly RolloutSizes[]) => Piece[];
}

type NamedWords = Iterable<readonly [name: string, words: number]>;

const bytesOf = (words: number): number => 16 * Math.ceil(words / 4);

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export const totalOf = (pieces: readonly Piece[]): number =>
  sum(pieces.map(({ bytes, count }) => bytes * count));

export const largestOf = (pieces: readonly Piece[]): Piece =>
  pieces.reduce((a, b) => (b.bytes > a.bytes ? b : a));

const parameterSizes = (decoder: DecoderConfig): number[] =>
  [...parameterShapes(decoder).values()].map((shape) => shape.reduce((a, b) => a * b, 1));

/** The largest micro-batch of at most `rows`; a sequence's last token is only ever a target. */
export function gridOf(sizes: RunSizes, rows: number, columnRounding: number): Grid {
  const filled = roundUp(sizes.sequences, rowRounding);
  const columns = roundUp(Math.max(1, sizes.longestSequence - 1), columnRounding);
  return [Math.min(rows, filled), columns];
}

/** Weights, optimiser and the step's tokens: tensors of tfjs, alike on every backend. */
export function tensorPieces(sizes: RunSizes, [rows, columns]: Grid): Piece[] {
  const { decoder, reference, sequences } = sizes;
  const matrices = parameterSizes(decoder);
  const policies = reference ? 2 : 1;
  const table = bytesOf(decoder.maxPositionEmbeddings * decoder.headDim);
  const flat = bytesOf(roundUp(sum(matrices), lane));
  const batches = Math.ceil(sequences / rows);
  const of = (part: PartName, what: string, bytes: number, count: number): Piece => ({
    ...{ part, what, bytes, count },
    cure: part === 'learning' ? 'length' : 'policy',
  });
  return [
    ...matrices.map((size) => of('weights', 'a matrix of weights', bytesOf(size), policies)),
    of('weights', 'a rotary table', table, 2 * policies),
    // Two moments and those that follow them, the gradient, and AdamW's copy of the weights.
    of('optimiser', 'the gradient of all weights', flat, 6),
    // Ids, targets, mask, weights, old and reference log-probabilities.
    of('learning', 'a micro-batch', bytesOf(rows * columns), 6 * batches),
  ];
}

/** For people, and what helps, by the name of a buffer of the training pass or of a rollout. */
const bufferNames: readonly (readonly [RegExp, string, Cure])[] = [
  [/^(keys|values) /, 'the key-value cache of one layer', 'rows'],
  [/^(theta|gradient)$/, 'a copy of all weights', 'policy'],
  [/^partial$/, 'the gradient, summed in parts,', 'policy'],
];

function bufferPieces(part: PartName, words: NamedWords): Piece[] {
  const rest = [`the largest buffer of ${part}`, part === 'learning' ? 'length' : 'rows'] as const;
  return Array.from(words, ([name, count]) => {
    const known = bufferNames.find(([pattern]) => pattern.test(name));
    const [what, cure] = known ? [known[1], known[2]] : rest;
    return { part, what, cure, bytes: bytesOf(count), count: 1 };
  });
}

/** The most of each name. */
function mostOf(tables: readonly NamedWords[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const table of tables) {
    for (const [name, words] of table) most.set(name, Math.max(words, most.get(name) ?? 0));
  }
  return most;
}

export const kinds = {
  gpu: {
    ...microBatches.gpu,
    pass: (decoder, [rows, columns]) =>
      bufferPieces('learning', passWords(decoder, sum(parameterSizes(decoder)), rows * columns)),
    rollouts: (decoder, rollouts) => {
      const parameters = sum(parameterSizes(decoder));
      const tables = rollouts.map((one) => rolloutWords(decoder, parameters, largestExtent(one)));
      return bufferPieces('sampling', mostOf(tables));
    },
  },
  cpu: {
    ...microBatches.cpu,
    pass: (decoder, [rows, columns]) =>
      bufferPieces('learning', [['memory', wasm.trainingWords(decoder, rows, columns)]]),
    rollouts: (decoder, rollouts) => {
      const words = rollouts.map((one) => wasm.rolloutWords(decoder, one));
      return bufferPieces('sampling', [['memory', Math.max(...words)]]);
    },
  },
} as const satisfies Record<string, Kind>;
