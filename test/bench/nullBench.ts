/**
 * The figures on Dawn's null backend, which executes nothing: what JavaScript costs, Dawn's own
 * checks of each call included. It holds 512 MB; where a path needs more, a single micro-batch is
 * measured with fewer rows, which asks the GPU for the same dispatches.
 */
import { CodedError } from '../../models/errors.ts';
import { onFreshDevice, type StartWebGpu } from './freshDevice.ts';
import { stepFigures, type Path, type StepFigures } from './stepFigures.ts';
import { comparedLines } from './stepTable.ts';
import { printComparison } from './table.ts';
import type { BenchOptions } from './webgpuBench.ts';
import { workloads, type Workload } from './workloads.ts';

/** Completions that fit everywhere, and up to which there is one micro-batch. */
const few = 8;
const oneMicroBatch = 64;

const isFull = (error: unknown): boolean =>
  error instanceof CodedError && /out of memory/i.test(error.detail ?? '');

/** `--once` is not heard: a first run of JavaScript says nothing. */
async function figuresOf(
  start: StartWebGpu,
  workload: Workload,
  path: Path,
): Promise<StepFigures | null> {
  const measure = (completions: number): Promise<StepFigures> =>
    onFreshDevice(start, () =>
      stepFigures({ ...workload, completions }, path, { once: false, shortened: false }),
    );
  try {
    return await measure(workload.completions);
  } catch (error) {
    if (!isFull(error)) throw error;
    const how = workload.completions > oneMicroBatch ? null : few;
    console.log(
      `\n${workload.title}, ${path}: does not fit into 512 MB; ` +
        (how === null ? 'left out.' : `measured with ${String(how)} completions.`),
    );
    return how === null ? null : { ...(await measure(how)), liveBytes: null };
  }
}

export async function benchJavaScript(start: StartWebGpu, options: BenchOptions): Promise<void> {
  for (const name of options.workloads ?? (['W1', 'W3'] as const)) {
    const workload = workloads[name];
    const ours = await figuresOf(start, workload, 'ours');
    const reference = await figuresOf(start, workload, 'reference');
    const title = `${name}, ${workload.title}; JavaScript alone`;
    printComparison(title, comparedLines(workload, ours, reference, false));
  }
}
