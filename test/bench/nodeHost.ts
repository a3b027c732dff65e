/** How the bench starts a device in Node: Dawn on what there is, or executing nothing. */
import os from 'node:os';
import process from 'node:process';
import { CodedError } from '../../models/errors.ts';
import { startNodeBackend } from '../../workers/nodeBackend.ts';
import type { StartWebGpu } from './freshDevice.ts';
import { benchJavaScript } from './nullBench.ts';
import { benchWebGpu, type BenchOptions } from './webgpuBench.ts';

const starts = (dawnOptions: readonly string[]): StartWebGpu => {
  return async (onTrouble) => (await startNodeBackend('webgpu', onTrouble, dawnOptions)).device;
};

/** The parts that need Dawn and nothing else of Node. */
export const dawnParts: Record<string, (options: BenchOptions) => Promise<void>> = {
  webgpu: async (options) => {
    try {
      await benchWebGpu(starts(['disable-dawn-features=timestamp_quantization']), options);
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'no-webgpu') throw error;
      console.log(`\nwebgpu: left out. ${error.message}`);
    }
  },
  null: (options) => benchJavaScript(starts(['backend=null']), options),
};

/** Runs the named parts, or all, between two lines that say what machine this is. */
export async function runParts<Options>(
  parts: Record<string, (options: Options) => Promise<void> | void>,
  named: readonly string[],
  options: Options,
): Promise<void> {
  const cpu = os.cpus()[0]?.model ?? 'unknown CPU';
  console.log(`${cpu}, ${String(os.cpus().length)} cores, Node ${process.version}`);
  console.log(`${new Date().toISOString().slice(0, 16)}Z, load ${os.loadavg()[0]!.toFixed(2)}`);
  for (const name of named.length > 0 ? named : Object.keys(parts)) {
    const part = parts[name];
    if (!part) throw new Error(`no part "${name}": ${Object.keys(parts).join(', ')}`);
    await part(options);
  }
  console.log(`\nload at the end ${os.loadavg()[0]!.toFixed(2)}`);
}
