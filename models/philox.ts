/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011, section 3.3 and table 2). A draw is a pure function of its address
 * (seed, purpose, step, row, position): nothing is consumed, so there is no state to keep but
 * the step, and a row's draw never depends on the batch it sits in.
 */
import { cos, log } from './portableMath.ts';

/** What a stream of draws is for; the number is part of every address, so never reuse one. */
export const purposes = {
  sample: 1,
  evalSample: 2,
  task: 3,
  heldOutTask: 4,
  shuffleRewards: 5,
  initialWeights: 6,
  pretrainingExample: 7,
  pretrainingOrder: 8,
  ownData: 9,
  dryRun: 10,
  ask: 11,
} as const;

export type Purpose = keyof typeof purposes;

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + cross / 0x10000) >>> 0;
}

/**
 * Philox4x32-10: four counter words and two key words to four random words, all unsigned 32-bit.
 * Writes into `out` (length 4) and returns it.
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
  return out;
}

/** 32 random bits addressed by (seed, purpose, step, row, position); all unsigned 32-bit. */
export function randomBits(
  seed: number,
  purpose: Purpose,
  step: number,
  row: number,
  position: number,
): number {
  const words = philox4x32([position, row, step, 0], [seed, purposes[purpose]]);
  return words[0] ?? 0;
}

/**
 * Uniform in [0, 1 − 2⁻²³], a multiple of 2⁻²³, so that it is exact in float32 and its product
 * with a positive float32 is always below it.
 */
export function randomUniform(
  seed: number,
  purpose: Purpose,
  step: number,
  row: number,
  position: number,
): number {
  return (randomBits(seed, purpose, step, row, position) >>> 9) * 2 ** -23;
}

/**
 * A sequential reader of one stream: `draw(below)` is a uniform integer in [0, below), without
 * bias (rejection), addressed by (seed, purpose, step, row) and its own running position.
 */
export function drawStream(
  seed: number,
  purpose: Purpose,
  step: number,
  row = 0,
): (below: number) => number {
  let position = 0;
  return (below) => {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new Error(`internal: draw below ${String(below)}`);
    }
    const limit = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const bits = randomBits(seed, purpose, step, row, position++);
      if (bits < limit) return bits % below;
    }
  };
}

/** Standard normal addressed by (seed, purpose, step, row), from positions 0 and 1 (Box–Muller). */
export function randomNormal(seed: number, purpose: Purpose, step: number, row: number): number {
  const u = 1 - randomUniform(seed, purpose, step, row, 0);
  const v = randomUniform(seed, purpose, step, row, 1);
  return Math.sqrt(-2 * log(u)) * cos(2 * Math.PI * v);
}
