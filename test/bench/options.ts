/** The bench's command line: which parts, and how thoroughly. Every mistake is an error. */
import { parseArgs } from 'node:util';
import type { BenchOptions } from './webgpuBench.ts';
import { workloads, type WorkloadName } from './workloads.ts';

export interface CommandLine extends BenchOptions {
  /** In the order they were named. */
  parts: string[];
  /** The WebGPU figures in headless Chromium instead of Node. */
  browser: boolean;
  /** With the browser: the machine's own GPU, not the adapter in software. */
  gpu: boolean;
  /** Of the fuzzing: how many, and which. */
  inputs: number;
  seed: number;
  /** Of the soak. */
  minutes: number;
  /** Folder to write the carried bundle to. */
  bundle: string | null;
}

const isWorkload = (name: string): name is WorkloadName => Object.hasOwn(workloads, name);

function workloadsOf(list: string): WorkloadName[] {
  return list.split(',').map((name) => {
    if (!isWorkload(name)) {
      throw new Error(`no workload "${name}": ${Object.keys(workloads).join(', ')}`);
    }
    return name;
  });
}

function countOf(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number`);
}

export function parseCommandLine(args: string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      workload: { type: 'string' },
      once: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      ways: { type: 'boolean', default: false },
      browser: { type: 'boolean', default: false },
      gpu: { type: 'boolean', default: false },
      bundle: { type: 'string' },
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '120' },
    },
  });
  const { workload, bundle = null, inputs, seed, minutes, ...switches } = values;
  return {
    ...switches,
    parts: positionals,
    bundle,
    inputs: countOf('inputs', inputs),
    seed: countOf('seed', seed),
    minutes: countOf('minutes', minutes),
    workloads: workload === undefined ? null : workloadsOf(workload),
  };
}
