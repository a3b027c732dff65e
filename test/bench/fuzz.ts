/**
 * 100,000 inputs, or --inputs, over the readers of what strangers hand in: links, recipes, tables,
 * safetensors, archives of runs. A figure for each: how many were accepted, the slowest input, the
 * largest growth of memory in one. It ends with an error at the first input that is not dealt with,
 * and a watchdog ends it where one hangs.
 */
import { drive } from '../property/fuzz/drive.ts';
import { fileTargets } from '../property/fuzz/fileTargets.ts';
import { textTargets } from '../property/fuzz/textTargets.ts';
import { watchdog } from '../property/fuzz/watchdog.ts';
import type { CommandLine } from './options.ts';
import { printTable } from './table.ts';

export async function benchFuzz({ inputs, seed }: Pick<CommandLine, 'inputs' | 'seed'>) {
  const targets = [...textTargets, ...fileTargets];
  const each = Math.ceil(inputs / targets.length);
  const dog = watchdog(60);
  for (const target of targets) {
    const figures = await drive(target, seed, [0, each], (index) => dog.beat(index));
    printTable(`${target.name}, seed ${String(seed)}`, [
      ['inputs', figures.inputs, ''],
      ['accepted, and came back the same', figures.accepted, ''],
      ['refused in words', figures.inputs - figures.accepted, ''],
      [`slowest, input ${String(figures.slowestInput)}`, figures.slowestMs, 'ms'],
      ['largest growth of memory in one', figures.mostBytes / 1e6, 'MB'],
      ['all', figures.seconds, 's'],
    ]);
  }
  await dog.stop();
  const peak = process.resourceUsage().maxRSS / 1e3;
  printTable('the process', [['largest resident set', peak, 'MB']]);
}
