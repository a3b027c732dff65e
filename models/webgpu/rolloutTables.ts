/**
 * What a rollout uploads, as plain numbers: the table of rows, the table of prefix tokens, and the
 * settings (`Row` and `Run` of kernels/decodeRows.wgsl). Prompts less their last token are the
 * prefixes; rows with the same one share its cache columns, whatever group they are of. Columns
 * 0 … prefixTokens − 1 of the cache are the prefixes', then each row has its own.
 */
import { purposes } from '../philox.ts';
import type { RolloutRequest } from '../rollout.ts';
import { runWords } from './rolloutWords.ts';

export interface RolloutTables {
  /** One `Row` for each token of each different prefix, as if it were a row of its own. */
  prefixRows: Uint32Array;
  prefixTokens: number;
  /** One `Row` for each prompt, about to read the prompt's last token. */
  rows: Uint32Array;
  /** Columns of the cache, prefixes and rows together. */
  columns: number;
}

export function tablesOf({ promptIds, maxNewTokens }: RolloutRequest): RolloutTables {
  const bases = new Map<string, number>();
  const prefixRows: number[] = [];
  let prefixTokens = 0;
  const baseOf = (ids: readonly number[]): number => {
    const key = ids.join();
    const known = bases.get(key);
    if (known !== undefined) return known;
    const base = prefixTokens;
    bases.set(key, base);
    ids.forEach((id, position) => prefixRows.push(id, position, 0, 0, base, 0));
    prefixTokens += ids.length;
    return base;
  };
  const prefixBases = promptIds.map((ids) => baseOf(ids.slice(0, -1)));
  const rows = promptIds.flatMap((ids, row) => {
    const last = ids.length - 1;
    return [ids[last]!, last, prefixBases[row]!, last, prefixTokens + row * maxNewTokens, 0];
  });
  return {
    prefixRows: Uint32Array.from(prefixRows),
    prefixTokens,
    rows: Uint32Array.from(rows),
    columns: prefixTokens + promptIds.length * maxNewTokens,
  };
}

/**
 * The `Run` of a request with this many rows and cache columns, before its first token.
 * @param stride tokens from one compaction to the next.
 */
export function runOf(
  { draw, warping, eosId, maxNewTokens }: RolloutRequest,
  { rows, columns, stride }: { rows: number; columns: number; stride: number },
): ArrayBuffer {
  const words = new Uint32Array(runWords);
  const address =
    draw === 'greedy'
      ? [0, 0, 0, 0]
      : [draw.seed, purposes[draw.purpose], draw.step, draw.firstRow ?? 0];
  words.set([0, -stride, rows, ...address, eosId, Number(draw === 'greedy'), warping.topK]);
  new Float32Array(words.buffer).set([warping.temperature, warping.topP, warping.minP], 10);
  words.set([maxNewTokens, columns], 13);
  return words.buffer;
}
