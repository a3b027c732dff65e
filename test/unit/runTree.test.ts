/** The tree of runs: forks under what they left, with where and by what change; nothing is lost. */
import { expect, test } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import type { RunInfo } from '../../src/session/protocol.ts';
import { runTree, type RunNode } from '../../src/session/runTree.ts';

function runOf(
  id: string,
  parent?: RunInfo['parent'],
  changes: RunConfig['changes'] = [],
): RunInfo {
  return {
    id,
    name: `run ${id}`,
    config: { ...defaultConfig, changes },
    backend: { backend: 'cpu', device: 'one thread' },
    createdAt: id.charCodeAt(0),
    updatedAt: 1,
    step: 60,
    finished: true,
    evalGreedy: null,
    bytes: 0,
    ...(parent && { parent }),
  };
}

/** "a(b c)" for a with the children b and c. */
const shape = (nodes: readonly RunNode[]): string =>
  nodes
    .map(({ run, children }) => run.id + (children.length > 0 ? `(${shape(children)})` : ''))
    .join(' ');

test('forks hang under their parents, by the step at which they left', () => {
  const runs = [
    runOf('d', { runId: 'b', step: 30 }),
    runOf('c', { runId: 'a', step: 40 }),
    runOf('z'),
    runOf('b', { runId: 'a', step: 20 }),
    runOf('a'),
  ];
  expect(shape(runTree(runs))).toBe('z a(b(d) c)');
});

test('each says where it comes from and by what change', () => {
  const planned = [{ step: 41, beta: 0.1 }];
  const runs = [
    runOf('a', undefined, planned),
    runOf('b', { runId: 'a', step: 20, name: 'old name' }, [{ step: 21, learningRate: 0.01 }]),
    runOf('c', { runId: 'a', step: 40 }, planned), // its parent had planned the same
    runOf('d', { runId: 'gone', step: 5, name: 'first try' }),
    runOf('e', { runId: 'gone', step: 5 }),
  ];
  const [a, d, e] = runTree(runs);
  expect(a!.origin).toBeNull();
  expect(a!.children.map(({ origin }) => origin)).toEqual([
    `from step 20 of “run a”: Learning rate ${defaultConfig.learningRate} → 0.01`,
    'from step 40 of “run a”: no change',
  ]);
  expect(d!.origin).toBe('from step 5 of “first try”, which was deleted: no change');
  expect(e!.origin).toBe('from step 5 of a run, which was deleted: no change');
});

test('runs that are each other’s parents are shown all the same, once', () => {
  const runs = [
    runOf('a', { runId: 'b', step: 1 }),
    runOf('b', { runId: 'a', step: 2 }),
    runOf('c', { runId: 'c', step: 2 }),
  ];
  expect(shape(runTree(runs))).toBe('a(b) c');
});
