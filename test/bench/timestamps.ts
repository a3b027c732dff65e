/**
 * Timestamps around compute passes, as many pairs as are asked for, read when the work is over
 * and summed by label. Needs the device feature 'timestamp-query'.
 */
import type { KernelTime } from './table.ts';

/** As many as a query set may hold. */
const queriesInSet = 4096;
const bytesPerQuery = 8;

/** Hands out pairs of timestamps, and reads them all when the work is over. */
export class Timestamps {
  readonly #device: GPUDevice;
  readonly #sets: GPUQuerySet[] = [];
  readonly #labels: string[] = [];
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  next(label: string): GPUComputePassTimestampWrites {
    const index = (this.#labels.length * 2) % queriesInSet;
    if (index === 0) {
      this.#sets.push(this.#device.createQuerySet({ type: 'timestamp', count: queriesInSet }));
    }
    this.#labels.push(label || 'stock');
    return {
      querySet: this.#sets[this.#sets.length - 1]!,
      beginningOfPassWriteIndex: index,
      endOfPassWriteIndex: index + 1,
    };
  }

  async #read(set: GPUQuerySet): Promise<BigUint64Array> {
    const size = queriesInSet * bytesPerQuery;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const resolved = this.#device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
    const readable = this.#device.createBuffer({ size, usage: COPY_DST | MAP_READ });
    const encoder = this.#device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, queriesInSet, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    const values = new BigUint64Array(readable.getMappedRange().slice(0));
    for (const one of [resolved, readable, set]) one.destroy();
    return values;
  }

  /** The slowest kernels first. */
  async sums(): Promise<KernelTime[]> {
    const values: BigUint64Array[] = [];
    for (const set of this.#sets) values.push(await this.#read(set));
    const sums = new Map<string, KernelTime>();
    this.#labels.forEach((name, i) => {
      const set = values[Math.floor((i * 2) / queriesInSet)]!;
      const begin = (i * 2) % queriesInSet;
      const sum = sums.get(name) ?? { name, dispatches: 0, ms: 0 };
      sum.dispatches++;
      sum.ms += Number(set[begin + 1]! - set[begin]!) / 1e6;
      sums.set(name, sum);
    });
    return [...sums.values()].sort((a, b) => b.ms - a.ms);
  }
}
