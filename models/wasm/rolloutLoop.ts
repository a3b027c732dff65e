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

/** Prompts without their last token, each different one once, by its ids. */
function prefixesOf(prompts: RolloutRequest['promptIds']): Map<string, readonly number[]> {
  return new Map(prompts.map((ids) => [prefixKey(ids), ids.slice(0, -1)]));
}

const prefixKey = (ids: readonly number[]): string => ids.slice(0, -1).join();

function checkTokens(prompts: RolloutRequest['promptIds'], vocab: number): void {
  const known = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < vocab;
  if (!prompts.every((ids) => ids.length > 0 && ids.every(known))) {
    throw new Error(`internal: a prompt is empty or has a token outside the ${vocab} known`);
  }
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

/** Draws until every row has ended; fills the record [T, 3, B] and returns T. */
function sample(run: Run, request: RolloutRequest, record: Float32Array): number {
  const { kernel, model, table, scratch, ownColumns, sharedColumns } = run;
  const { words, floats, address } = table;
  const { draw, maxNewTokens, eosId, warping } = request;
  const rows = request.promptIds.length;
  const alive = request.promptIds.map((_, row) => row);
  for (let t = 0; t < maxNewTokens; t++) {
    if (draw !== 'greedy') {
      const { seed, purpose, step, firstRow = 0 } = draw;
      alive.forEach((row, i) => {
        const uniform = randomUniform(seed, purpose, step, firstRow + row, t);
        floats[i * rowWords + at.uniform] = uniform;
      });
    }
    kernel.advance(model, address, alive.length, ownColumns, sharedColumns, scratch);
    const greedy = Number(draw === 'greedy');
    kernel.pick(model, address, alive.length, warping.temperature, greedy, scratch);
    let kept = 0;
    alive.forEach((row, i) => {
      const entry = i * rowWords;
      const token = words[entry + at.token]!;
      record[t * 3 * rows + row] = token;
      record[(t * 3 + 1) * rows + row] = floats[entry + at.logp]!;
      record[(t * 3 + 2) * rows + row] = floats[entry + at.entropy]!;
      if (token === eosId) return;
      words[entry + at.position]! += 1;
      words.copyWithin(kept * rowWords, entry, entry + rowWords);
      alive[kept++] = row;
    });
    alive.length = kept;
    if (kept === 0) return t + 1;
  }
  return maxNewTokens;
}

function tableAt({ buffer }: WebAssembly.Memory, address: number, rows: number): Table {
  const count = rows * rowWords;
  const floats = new Float32Array(buffer, address, count);
  return { address, words: new Int32Array(buffer, address, count), floats };
}

/** Parameters and the rotary tables `cos` and `sin` -> record [T, 3, B]: token, logp, entropy. */
export function rolloutLoop(
  inputs: Record<string, TensorInfo>,
  heap: TfjsHeap,
  { config, request }: { config: DecoderConfig; request: RolloutRequest },
): TensorInfo {
  const { promptIds, maxNewTokens } = request;
  checkTokens(promptIds, config.vocabSize);
  const kernel = (instance ??= instantiate(rolloutKernelBase64) as unknown as Exports);
  const memory = openMemory(kernel.memory);
  const rows = promptIds.length;
  const longest = Math.max(...promptIds.map((ids) => ids.length));
  const [ownColumns, sharedColumns] = [maxNewTokens, longest - 1];
  const columns = sharedColumns + ownColumns;
  const model = putModel(memory, config, inputs, heap, columns);
  const prefixes = new Map(
    [...prefixesOf(promptIds)].map(([key, ids]): [string, Prefix] => [
      key,
      { ids, cache: memory.reserve(kernel.cacheBytes(model, sharedColumns)) },
    ]),
  );
  const own = promptIds.map(() => memory.reserve(kernel.cacheBytes(model, ownColumns)));
  const scratch = memory.reserve(kernel.scratchBytes(model, rows, columns));
  const tableAddress = memory.reserve(rows * rowWords * Int32Array.BYTES_PER_ELEMENT);
  const table = tableAt(kernel.memory, tableAddress, rows);
  const run = { kernel, model, table, scratch, ownColumns, sharedColumns };
  prefill(run, [...prefixes.values()]);
  promptIds.forEach((ids, row) => {
    const { cache } = prefixes.get(prefixKey(ids))!;
    const last = ids.length - 1;
    table.words.set([ids[last]!, last, cache, last, own[row]!], row * rowWords);
  });
  const record = new Float32Array(maxNewTokens * 3 * rows);
  const steps = sample(run, request, record);
  return newTensor(heap, [steps, 3, rows], record.subarray(0, steps * 3 * rows));
}
