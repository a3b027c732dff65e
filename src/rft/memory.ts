/**
 * The memory budget of a run, worked out before it starts: how many rows its micro-batches have so
 * that it fits the device (the gradient is the same whatever the split), what all of it comes to,
 * and what is too large. The page forecasts with the very function by which the trainer decides.
 */
import { CodedError } from '../../models/errors.ts';
import type { DeviceLimits } from '../../models/memory.ts';
import {
  gridOf,
  kinds,
  largestOf,
  partNames,
  tensorPieces,
  totalOf,
  type Cure,
  type Kind,
  type PartName,
  type Piece,
} from './memoryPieces.ts';
import type { RunSizes } from './runSizes.ts';

export { webGpuDefaults, type DeviceLimits } from '../../models/memory.ts';

/** Bytes that one micro-batch's training pass may take, so that the tab stays a good neighbour. */
const passCeiling = 512 * 2 ** 20;
/** Bytes that all of a run may take in WASM, where tfjs' own memory can grow no further. */
const wasmCeiling = 2 * 2 ** 30;

export interface MemoryBudget {
  /** In all. */
  bytes: number;
  byPart: Readonly<Record<PartName, number>>;
  /** The largest single piece, and what it is for people. */
  largest: { what: string; bytes: number };
  /** Rows of a micro-batch: the most that fit, or the fewest there are. */
  microBatchRows: number;
  /** What needs more than there is, and what to change; null: the run fits. */
  excess: { problem: string; remedy: string } | null;
}

const remedies: Record<Cure, string> = {
  policy: 'Use a smaller policy.',
  length: 'Use shorter completions or a smaller policy.',
  rows: 'Use shorter completions, fewer completions per step, or a smaller policy.',
};

/** Megabytes as in ui/format.ts; a need is rounded up, an allowance down. */
const needed = (bytes: number): string => `${String(Math.ceil(bytes / 1e6))} MB`;
const allowed = (bytes: number): string => `${String(Math.floor(bytes / 1e6))} MB`;

/** Bytes of a single buffer; in WASM only the whole has a limit. */
const bufferLimit = (limits: DeviceLimits | null): number =>
  limits ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) : Infinity;

interface Planned {
  rows: number;
  /** The training pass over one micro-batch. */
  pass: Piece[];
  /** That and everything else. */
  all: Piece[];
}

function planOf(sizes: RunSizes, kind: Kind, limits: DeviceLimits | null): Planned {
  const gridAt = (rows: number) => gridOf(sizes, rows, kind.columnRounding);
  const fits = (rows: number): boolean => {
    const pass = kind.pass(sizes.decoder, gridAt(rows));
    return largestOf(pass).bytes <= bufferLimit(limits) && totalOf(pass) <= passCeiling;
  };
  const rows = kind.rows.find(fits) ?? Math.min(...kind.rows);
  const pass = kind.pass(sizes.decoder, gridAt(rows));
  const rollouts = kind.rollouts(sizes.decoder, sizes.rollouts);
  return { rows, pass, all: [...tensorPieces(sizes, gridAt(rows)), ...pass, ...rollouts] };
}

function excessOf({ rows, pass, all }: Planned, limits: DeviceLimits | null) {
  const { what, bytes, cure } = largestOf(all);
  const limit = bufferLimit(limits);
  if (bytes > limit) {
    const problem = `${what} needs ${needed(bytes)} in one piece; the device allows ${allowed(limit)}`;
    return { problem, remedy: remedies[cure] };
  }
  if (totalOf(pass) > passCeiling) {
    const problem =
      `learning from only ${String(rows)} completions at a time needs ` +
      `${needed(totalOf(pass))}; the limit is ${allowed(passCeiling)}`;
    return { problem, remedy: remedies.length };
  }
  if (limits || totalOf(all) <= wasmCeiling) return null;
  const problem = `it needs ${needed(totalOf(all))}; WebAssembly holds ${allowed(wasmCeiling)}`;
  return { problem, remedy: remedies.rows };
}

/** What a run needs on a device; `limits` null: in WASM or plain JavaScript. */
export function memoryBudget(sizes: RunSizes, limits: DeviceLimits | null): MemoryBudget {
  const plan = planOf(sizes, limits ? kinds.gpu : kinds.cpu, limits);
  const { what, bytes } = largestOf(plan.all);
  const ofPart = (name: PartName): number => totalOf(plan.all.filter(({ part }) => part === name));
  return {
    bytes: totalOf(plan.all),
    byPart: Object.fromEntries(partNames.map((name) => [name, ofPart(name)])) as Record<
      PartName,
      number
    >,
    largest: { what, bytes },
    microBatchRows: plan.rows,
    excess: excessOf(plan, limits),
  };
}

/** Throws CodedError 'too-large' where the run does not fit. */
export function requireRoom({ bytes, excess }: MemoryBudget): void {
  if (!excess) return;
  const { problem, remedy } = excess;
  const message = `This run is too large for this device: ${problem}. ${remedy}`;
  throw new CodedError('too-large', message, `about ${needed(bytes)} in all`);
}
