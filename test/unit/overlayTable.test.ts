/** The lines of the Compare view: one look a method, and words where a method has no such metric. */
import { expect, test } from 'vitest';
import type { RunInfo } from '../../src/session/protocol.ts';
import { seedBands } from '../../src/session/seedBands.ts';
import { bandLines, looksOf, overlays } from '../../src/ui/compare/overlayTable.ts';
import { recipe } from './dryRunCases.ts';

test('a method looks the same in whatever order it comes; a second one of it looks its own way', () => {
  const [rft, sft] = looksOf(['rft', 'sft']);
  expect(looksOf(['sft', 'rft'])).toEqual([sft, rft]);
  const many = looksOf(['sft', 'sft', 'rft', 'rft', 'rejection']);
  expect(many[0]).toEqual(sft);
  expect(many[2]).toEqual(rft);
  expect(new Set(many.map((look) => JSON.stringify(look))).size).toBe(5);
});

test('SFT says why it has no reward; its held-out accuracy is a line like any other', () => {
  const run = (id: string, config: RunInfo['config']): RunInfo => ({
    ...{ id, config, name: `run ${id}`, createdAt: 1, updatedAt: 1, step: 1, finished: true },
    ...{ evalGreedy: null, bytes: 0, policyHash: '' },
    backend: { backend: 'wasm', device: 'test' },
  });
  const compared = [run('1', recipe({ method: 'sft' })), run('2', recipe())].map((one, n) => ({
    run: one,
    letter: 'AB'[n]!,
    rows: [],
  }));
  const bands = seedBands(compared);
  const silences = (key: string) =>
    bandLines(
      bands,
      overlays.find((def) => def.key === key)!,
    ).map(({ silence }) => silence);
  expect(silences('reward')).toEqual(['SFT samples nothing, so it has no reward', undefined]);
  expect(silences('eval_greedy')).toEqual([undefined, undefined]);
  expect(bandLines(bands, overlays[0]!)[0]?.label).toMatch(/^A: run 1, \d+ \w+, \d\d:\d\d$/);
});
