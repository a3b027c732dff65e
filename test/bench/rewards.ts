/**
 * What a code reward costs: calls per second through the runner, batches as training makes them,
 * a fresh context each. In Node, so without the two messages a batch that a worker adds.
 */
import type { CodeInput, CodeProgram } from '../../src/graders/codeReward.ts';
import { createNodeRunner } from '../../workers/sandbox/nodeRunner.ts';
import { printTable, type Figure } from './table.ts';
import { bestMs } from './timing.ts';

const range = [0, 1] as const;
const programs: Record<string, CodeProgram> = {
  simple: {
    name: 'simple',
    range,
    source: 'function reward({ answer, example }) { return answer === example.answer ? 1 : 0; }',
  },
  'regular expression': {
    name: 'regular expression',
    range,
    source: `function reward({ completion }) {
      const steps = completion.match(/\\d+ *[+-] *\\d+ *= *\\d+/g) ?? [];
      return Math.min(1, steps.length / 4);
    }`,
  },
  'with console.log': {
    name: 'with console.log',
    range,
    source:
      'function reward({ answer }) { console.log(answer); return answer.length > 1 ? 1 : 0; }',
  },
};

const inputs = (count: number): CodeInput[] =>
  Array.from({ length: count }, (_, i) => ({
    prompt: `${i} + 17 - 4 = `,
    completion: `<think>${i} + 17 = ${i + 17}; ${i + 17} - 4 = ${i + 13}</think>${i + 13}`,
    thinking: `${i} + 17 = ${i + 17}; ${i + 17} - 4 = ${i + 13}`,
    answer: String(i + 13),
    example: { prompt: `${i} + 17 - 4 = `, answer: String(i + 13), gold: String(i + 13) },
    step: 1,
  }));

export async function benchRewards(): Promise<void> {
  const figures: Figure[] = [];
  const start = performance.now();
  const runner = createNodeRunner();
  await runner.check(programs['simple']!);
  figures.push(['QuickJS loaded, first program checked', performance.now() - start, 'ms']);
  for (const program of Object.values(programs)) {
    for (const count of [1024, 64]) {
      const batch = inputs(count);
      const ms = await bestMs(() => runner.run(program, batch));
      figures.push([`${program.name}, batches of ${count}`, (1000 * count) / ms, 'calls/s']);
    }
  }
  const endless = { name: 'endless', range, source: 'function reward() { for (;;) {} }' };
  const ms = await bestMs(() => runner.run(endless, inputs(1)));
  figures.push(['one endless loop stopped, twice', ms, 'ms']);
  printTable('code rewards', figures);
}
