/**
 * The WebGPU figures: each workload with our kernels and with the reference composition, each on
 * a device of its own so that neither finds the other's buffers. The host says how a device is
 * started, so the same section runs in Node, in a page (benchPage.ts) and from a carried bundle;
 * it imports nothing of Node.
 */
import { isSoftware } from '../../models/webgpu/productWay.ts';
import { onFreshDevice, type StartWebGpu } from './freshDevice.ts';
import { matMulPeak } from './peak.ts';
import { productFigures } from './products.ts';
import { profiledStep } from './profile.ts';
import { rolloutWayFigures } from './rolloutWays.ts';
import { shortenedTo, stepFigures, type Path, type StepFigures } from './stepFigures.ts';
import { comparedLines } from './stepTable.ts';
import { printComparison, printProfile, printTable, type Figure } from './table.ts';
import { workloads, type Workload, type WorkloadName } from './workloads.ts';

export interface BenchOptions {
  /** Null takes those that the device can bear. */
  workloads: readonly WorkloadName[] | null;
  /** One timed run each. */
  once: boolean;
  /** Also the time of every kernel. */
  profile: boolean;
  /** The ways of a rollout, and nothing else. */
  ways: boolean;
}

/** The training pass in operations per second against a plain matrix product on this device. */
async function printAchieved(
  start: StartWebGpu,
  software: boolean,
  measured: readonly [name: string, ours: StepFigures][],
): Promise<void> {
  const [size, repeats] = software ? [256, 1] : [2048, 8];
  const peak = await onFreshDevice(start, () => matMulPeak(size, repeats));
  const lines = measured.flatMap(([name, { flops, training }]): Figure[] => {
    const achieved = (flops * 1000) / training.ms;
    const rate: Figure = [`${name}, training pass, ours`, achieved / 1e9, 'GFLOP/s'];
    const share: Figure = [`${name}, share of the product’s`, (100 * achieved) / peak, '%'];
    return software ? [rate] : [rate, share];
  });
  printTable('fp32 arithmetic', [
    [`matrix product ${size}³, tfjs’ best program`, peak / 1e9, 'GFLOP/s'],
    ...lines,
  ]);
}

async function printProfiles(start: StartWebGpu, name: string, workload: Workload, paths: Path[]) {
  for (const path of paths) {
    const times = await onFreshDevice(start, () => profiledStep(workload, path));
    if (times) printProfile(`${name}, a whole step, ${path}`, times);
    else console.log('\nNo profile: the device has no timestamp queries.');
  }
}

/** What to run. */
function choose(options: BenchOptions, software: boolean): readonly WorkloadName[] {
  if (options.workloads) return options.workloads;
  if (software) console.log('\nW2 is left out in software; ask for it with --workload W2.');
  return software ? ['W1', 'W3'] : ['W1', 'W2', 'W3'];
}

/** Both ways of every workload's rollout, each workload on a device of its own. */
async function printWays(
  start: StartWebGpu,
  options: BenchOptions,
  software: boolean,
): Promise<void> {
  for (const name of options.workloads ?? (['W1', 'W3', 'W4'] as const)) {
    const workload = workloads[name];
    const figures = await onFreshDevice(start, () => rolloutWayFigures(workload, software));
    printTable(`${name}, rollout of ${workload.title}`, figures);
  }
}

/**
 * Prints the comparison of every workload, then what was asked for beside it. In software every
 * piece runs once, and the reference is shortened: it would take an hour.
 */
export async function benchWebGpu(start: StartWebGpu, options: BenchOptions): Promise<void> {
  const device = await onFreshDevice(start, (found) => Promise.resolve(found));
  console.log(`\nWebGPU: ${device}`);
  const software = isSoftware(device);
  if (options.ways) {
    await printWays(start, options, software);
    return;
  }
  const once = options.once || software;
  const measured: [string, StepFigures][] = [];
  for (const name of choose(options, software)) {
    const workload = workloads[name];
    const figuresOf = (path: Path, shortened: boolean): Promise<StepFigures> =>
      onFreshDevice(start, () => stepFigures(workload, path, { once, shortened }));
    const ours = await figuresOf('ours', false);
    const reference = await figuresOf('reference', software);
    printComparison(`${name}, ${workload.title}`, comparedLines(workload, ours, reference, true));
    if (software)
      console.log(
        `The reference is worked out from ${shortenedTo}; part null has its exact counts.`,
      );
    measured.push([name, ours]);
    const paths: Path[] = software ? ['ours'] : ['ours', 'reference'];
    if (options.profile) await printProfiles(start, name, workload, paths);
  }
  await printWays(start, options, software);
  const products = await onFreshDevice(start, () => productFigures(software ? 1 : 20));
  printTable('matrix products of a training pass', products);
  await printAchieved(start, software, measured);
}
