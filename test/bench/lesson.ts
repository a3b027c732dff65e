/**
 * The whole default lesson on WebGPU in Node, from loading the policy to the last checkpoint: what
 * it takes, whether it repeats to the bit, and its figures at the milestones of a receipt, to be
 * held against another device's (see verdict.ts). The first run also compiles and self-tests.
 */
import { parseConfig } from '../../src/rft/config.ts';
import { receiptMetrics, shortDigest } from '../../src/rft/receipt.ts';
import { runToEnd } from '../../workers/headless.ts';
import { printColumns } from './table.ts';

const policies = 'public/policies';
/** The first one twice: the second must have the same bits. */
const seeds = [1, 1, 2, 3];

export async function benchLesson(): Promise<void> {
  const digests: string[] = [];
  for (const seed of seeds) {
    const { config, problems } = parseConfig({ seed });
    if (!config) throw new Error(JSON.stringify(problems));
    const { rows, seconds, backend } = await runToEnd(config, { backend: 'webgpu', policies });
    const milestones = rows.filter(({ digest }) => digest !== undefined);
    const last = milestones.at(-1)!;
    digests.push(last.digest!);
    const steps = seconds / last.step;
    console.log(
      `\nseed ${seed}, ${backend.device}: ${seconds.toFixed(2)} s, ${(1000 * steps).toFixed(0)} ms a step, last digest ${shortDigest(last.digest!)}`,
    );
    printColumns(
      ['step', ...receiptMetrics],
      milestones.map(({ step, values }) => [
        step,
        ...receiptMetrics.map((key) => values[key] ?? NaN),
      ]),
    );
  }
  console.log(`\nSeed 1 again: ${digests[0] === digests[1] ? 'the same bits' : 'OTHER BITS'}.`);
}
