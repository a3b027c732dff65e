/** A new run's name: task, level where it is not the standard one, method and seed. */
import type { RunConfig } from '../src/rft/configTable.ts';
import { standardLevel, type Task } from '../src/tasks/task.ts';

/** The method in a few words, as it stands in names and headings. */
function methodName({ method, sftTarget }: RunConfig): string {
  if (method === 'rft') return 'RFT';
  if (method === 'rejection') return 'rejection sampling';
  return sftTarget === 'chain' ? 'SFT on chains' : 'SFT on answers';
}

/** For example `Countdown, hard, SFT on answers, seed 1`. */
export function runName(task: Task, config: RunConfig): string {
  const level = task.pool || config.level === standardLevel ? [] : [config.level];
  const levelNames = level.map((n) => task.levels[n - 1]?.label ?? `level ${String(n)}`);
  return [task.title, ...levelNames, methodName(config), `seed ${String(config.seed)}`].join(', ');
}
