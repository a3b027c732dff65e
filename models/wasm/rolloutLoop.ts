/**
 * The tfjs kernel 'Rollout' (see ../rollout.ts): a whole rollout outside tfjs, the arithmetic in
 * kernels/rollout.ts. Prompts, less their last token, are run once for each different one, and
 * rows share that cache; then every step reads one token and draws the next for the rows that
 * have not ended, in one call each. Rows that have ended are taken out of the table, so the cost
 * follows the rows still alive; what a row gets depends neither on them nor on its neighbours.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../decoderConfig.ts';
import { randomUniform } from '../philox.ts';
import type { RolloutRequest } from '../rollout.ts';
import { instantiate, openMemory } from './kernelInstance.ts';
import { rolloutKernelBase64 } from './rolloutKernel.generated.ts';
import { putModel } from './rolloutWeights.ts';
import { newTensor, type TfjsHeap } from './tfjsHeap.ts';

/** The exports of kernels/rollout.ts; pointers and sizes in bytes. */
interface Exports {
  memory: WebAssembly.Memory;
  cacheBytes: (model: number, columns: number) => number;
  scratchBytes: (model: number, rows: number, columns: number) => number;
  advance: (...pointersAndSizes: number[]) => void;
  pick: (...pointersAndSizes: number[]) => void;
}

let instance: Exports | undefined;

/** Words of a `Row` entry: token, position, shared, sharedCount, own, uniform, logp, entropy. */
const rowWords = 8;
const at = { token: 0, position: 1, uniform: 5, logp: 6, entropy: 7 };

/** The table of rows in the kernel's memory; both views are of the same words. */
interface Table {
  address: number;
  words: Int32Array;
  floats: Float32Array;
}

interface Prefix {
  ids: readonly number[];
  cache: number;
}

/** One rollout under way. */
interface Run {
  kernel: Exports;
  model: number;
  table: Table;
  scratch: number;
  /** Columns of a row's own cache and of a shared one. */
  ownColumns: number;
  sharedColumns: number;
}

/** Fills the prefixes' caches, one column of all of them at a time. */
function prefill(run: Run, prefixes: readonly Prefix[]): void {
  const { kernel, model, table, sharedColumns, scratch } = run;
  for (let position = 0; position < sharedColumns; position++) {
    const alive = prefixes.filter(({ ids }) => position < ids.length);
    alive.forEach(({ ids, cache }, i) => {
      table.words.set([ids[position]!, position, 0, 0, cache], i * rowWords);
    });
    if (alive.length === 0) return;
    kernel.advance(model, table.address, alive.length, sharedColumns, 0, scratch);
  }
}

/** Each live row's uniform for position t of its completion; only these are drawn. */
function putUniforms({ floats }: Table, request: RolloutRequest, alive: number[], t: number): void {
  if (request.draw === 'greedy') return;
  const { seed, purpose, step, firstRow = 0 } = request.draw;
  alive.forEach((row, i) => {
    const uniform = randomUniform(seed, purpose, step, firstRow + row, t);
    floats[i * rowWords + at.uniform] = uniform;
  });
}

/** Writes what was picked to the record's position t, [3, B] from `to` on. */
function readPicks({ words, floats }: Table, alive: number[], rows: number, to: Float32Array) {
  alive.forEach((row, i) => {
    const entry = i * rowWords;
    to[row] = words[entry + at.token]!;
    to[rows + row] = floats[entry + at.logp]!;
    to[2 * rows + row] = floats[entry + at.entropy]!;
  });
}

/** Moves the rows that go on to the front, each one position further; gives their numbers. */
function dropEnded({ words }: Table, alive: number[], eosId: number): number[] {
  let kept = 0;
  return alive.filter((_row, i) => {
    const entry = i * rowWords;
    if (words[entry + at.token] === eosId) return false;
    words[entry + at.position]! += 1;
    words.copyWithin(kept++ * rowWords, entry, entry + rowWords);
    return true;
  });
}

/** Draws until every row has ended; fills the record [T, 3, B] and returns T. */
function sample(run: Run, request: RolloutRequest, record: Float32Array): number {
  const { kernel, model, table, scratch, ownColumns, sharedColumns } = run;
  const { draw, maxNewTokens, eosId, warping, promptIds } = request;
  const rows = promptIds.length;
  const greedy = Number(draw === 'greedy');
  let alive = promptIds.map((_ids, row) => row);
  for (let t = 0; t < maxNewTokens; t++) {
    putUniforms(table, request, alive, t);
    const count = alive.length;
    kernel.advance(model, table.address, count, ownColumns, sharedColumns, scratch);
    kernel.pick(model, table.address, count, warping.temperature, greedy, scratch);
    readPicks(table, alive, rows, record.subarray(t * 3 * rows));
    alive = dropEnded(table, alive, eosId);
    if (alive.length === 0) return t + 1;
  }
  return maxNewTokens;
}

function tableAt({ buffer }: WebAssembly.Memory, address: number, rows: number): Table {
  const count = rows * rowWords;
  const floats = new Float32Array(buffer, address, count);
  return { address, words: new Int32Array(buffer, address, count), floats };
}

/**
 * Makes room for every cache, runs the prompts, and enters the rows in the table: each prompt's
 * last token is what a row reads first. Sizes are known, so the memory grows here and not later.
 */
function openRun(
  inputs: Record<string, TensorInfo>,
  heap: TfjsHeap,
  config: DecoderConfig,
  { promptIds, maxNewTokens }: RolloutRequest,
): Run {
  const kernel = (instance ??= instantiate(rolloutKernelBase64) as unknown as Exports);
  const memory = openMemory(kernel.memory);
  const rows = promptIds.length;
  const ownColumns = maxNewTokens;
  const sharedColumns = Math.max(...promptIds.map((ids) => ids.length)) - 1;
  const columns = sharedColumns + ownColumns;
  const model = putModel(memory, config, inputs, heap, columns);
  const newCache = (of: number): number => memory.reserve(kernel.cacheBytes(model, of));
  const prefixes = new Map<string, Prefix>();
  const places = promptIds.map((promptId) => {
    const ids = promptId.slice(0, -1);
    const key = ids.join();
    const prefix = prefixes.get(key) ?? { ids, cache: newCache(sharedColumns) };
    prefixes.set(key, prefix);
    return { shared: prefix.cache, own: newCache(ownColumns) };
  });
  const scratch = memory.reserve(kernel.scratchBytes(model, rows, columns));
  const tableAddress = memory.reserve(rows * rowWords * Int32Array.BYTES_PER_ELEMENT);
  const table = tableAt(kernel.memory, tableAddress, rows);
  const run = { kernel, model, table, scratch, ownColumns, sharedColumns };
  prefill(run, [...prefixes.values()]);
  promptIds.forEach((ids, row) => {
    const { shared, own } = places[row]!;
    const last = ids.length - 1;
    table.words.set([ids[last]!, last, shared, last, own], row * rowWords);
  });
  return run;
}

/** Parameters and the rotary tables `cos` and `sin` -> record [T, 3, B]: token, logp, entropy. */
export function rolloutLoop(
  inputs: Record<string, TensorInfo>,
  heap: TfjsHeap,
  { config, request }: { config: DecoderConfig; request: RolloutRequest },
): TensorInfo {
  const { promptIds, maxNewTokens } = request;
  const run = openRun(inputs, heap, config, request);
  const row = 3 * promptIds.length;
  const record = new Float32Array(maxNewTokens * row);
  const steps = sample(run, request, record);
  return newTensor(heap, [steps, 3, promptIds.length], record.subarray(0, steps * row));
}
