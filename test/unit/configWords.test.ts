/** What tells recipes apart in words: only what differs, only where it has a say. */
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { configDifferences, differenceText, settingWords } from '../../src/session/configWords.ts';

function recipe(changes: Partial<Record<keyof RunConfig, unknown>> = {}): RunConfig {
  const { config, problems } = parseConfig(changes);
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

const texts = (...configs: RunConfig[]): string[] => {
  const names = Array.from('ABCDE').slice(0, configs.length);
  return configDifferences(configs).map((one) => differenceText(one, names));
};

test('equal recipes, or one alone, do not differ', () => {
  expect(texts(recipe(), recipe())).toEqual([]);
  expect(texts(recipe({ seed: 3 }))).toEqual([]);
  expect(texts()).toEqual([]);
});

test('numbers with units, choices by label, flags as on and off, in the table’s order', () => {
  const other = recipe({ learningRate: 0.002, numPrompts: 32, shuffleRewards: true, seed: 2 });
  expect(texts(recipe(), other, other)).toEqual([
    'Seed: 1 in A; 2 in B, C',
    'Training prompts: 64 prompts in A; 32 prompts in B, C',
    'Shuffle rewards (control): off in A; on in B, C',
    'Learning rate: 3e-4 in A; 0.002 in B, C',
  ]);
});

test('what only one method looks at is told where it is not as for everybody', () => {
  const rft = recipe({ temperature: 1.2 });
  const sft = recipe({ method: 'sft', sftTarget: 'chain' });
  // Nothing of rewards, groups, clipping: that SFT has none of them goes with the method.
  expect(texts(rft, sft)).toEqual([
    'Method: RFT: reinforce what scores better in A; SFT: imitate the 64 worked solutions in B',
    'Imitates: worked solutions in B; no say in A',
    'Temperature: 1.2 in A; no say in B',
  ]);
  expect(texts(rft, recipe(), sft)[2]).toBe('Temperature: 1.2 in A; 1 in B; no say in C');
  // What SFT would imitate is nothing to two RFT runs.
  expect(texts(recipe(), recipe({ sftTarget: 'chain' }))).toEqual([]);
});

test('what SFT imitates is told exactly', () => {
  const method = (changes: Partial<RunConfig>): string =>
    settingWords(recipe({ method: 'sft', ...changes }), 'method');
  expect(method({})).toBe('SFT: imitate the 64 right answers, without the working');
  expect(method({ task: 'reversal', numPrompts: 8 })).toBe('SFT: imitate the 8 right answers');
  expect(method({ sftTarget: 'chain' })).toBe('SFT: imitate the 64 worked solutions');
});

test('a unit of one is in the singular', () => {
  expect(texts(recipe({ maxNumGenBatches: 1 }), recipe({ maxNumGenBatches: 3 }))).toEqual([
    'Dynamic sampling: 1 batch in A; 3 batches in B',
  ]);
  expect(settingWords(recipe({ numEvalPrompts: 1 }), 'numEvalPrompts')).toBe('1 prompt');
});

test('rewards by name; code that was rewritten under its name is told apart', () => {
  const code = (source: string) => ({ kind: 'code', name: 'mine', source, range: [0, 1] });
  const [one, two] = ['() => 1', '() => 0']
    .map((body) => `const reward = ${body};`)
    .map((source) => recipe({ rewards: [{ kind: 'task', name: 'correct' }, code(source)] }));
  expect(texts(one!, two!, one!)).toEqual([
    'Reward functions: correct, mine (version 1) in A, C; correct, mine (version 2) in B',
  ]);
  expect(texts(recipe(), one!)[0]).toBe(
    'Reward functions: correct, format in A; correct, mine in B',
  );
});

test('weights written out that are the rewards’ own are no difference', () => {
  const own = settingWords(recipe(), 'rewardWeights').split(', ').map(Number);
  expect(texts(recipe(), recipe({ rewardWeights: own }))).toEqual([]);
  expect(texts(recipe(), recipe({ rewardWeights: [0.2, 0.8] }))).toEqual([
    `Reward weights: ${own.join(', ')} in A; 0.2, 0.8 in B`,
  ]);
});

test('changes on the way as sentences; a run without any has none', () => {
  const changed = recipe({ changes: [{ step: 5, learningRate: 0.002 }] });
  const before = recipe().learningRate;
  expect(texts(recipe(), changed)).toEqual([
    `Changes on the way: none in A; from step 5: Learning rate ${before} → 0.002 in B`,
  ]);
});

test('own rows are counted, and another table of the same length is another version', () => {
  const row = (answer: string) => [`what is ${answer}`, answer];
  const own = (a: string) => recipe({ task: 'own', rows: ['1', '2', a, '4'].map(row) });
  expect(texts(own('3'), own('5'))).toEqual([
    'Your rows: 4 rows (version 1) in A; 4 rows (version 2) in B',
  ]);
});
