/** The words of a dry run: which verdicts are given, with which number, in which order. */
import { expect, it } from 'vitest';
import type { CodeError } from '../../src/graders/codeReward.ts';
import { trainingSet } from '../../src/rft/dataset.ts';
import { dryGroups, lowestGolds, topOf } from '../../src/session/dryRunStats.ts';
import { dryRunWords, percent } from '../../src/session/dryRunWords.ts';
import type { DryRun, RewardErrorView } from '../../src/session/protocol.ts';
import { taskOf } from '../../src/tasks/index.ts';
import { dryRun, recipe, row, times } from './dryRunCases.ts';

const right = row('base', [1, 1]);
const neat = row('base', [0, 1]);
const wrong = row('base', [0, 0]);
const gold = row('gold', [1, 1]);
/** Three kinds of samples in every group, and gold answers that are right. */
const healthy = dryRun(times(4, [right, neat, neat, wrong]).flat(), 4, times(8, gold));

const texts = (dry: DryRun, changes = {}): string[] =>
  dryRunWords(dry, recipe({ numGenerations: 4, ...changes })).map(({ text }) =>
    text.replaceAll('\u202f', ' '),
  );

const error: CodeError = { kind: 'thrown', message: 'oh', line: 3, column: 1 };
const failing = (name: string, count: number): RewardErrorView => ({
  name,
  error,
  count,
  completion: 'x',
});

it('has nothing but the forecast to say of healthy rewards', () => {
  expect(texts(healthy)).toEqual([
    'With 4 completions per prompt, 100 % of groups would teach something.',
  ]);
});

it('forecasts from samples drawn without replacement, for the size of the run', () => {
  // Of [1, 0, 0, 0], two are alike with chance C(3,2)/C(4,2) = 1/2; of equal ones always.
  const mixed = [right, wrong, wrong, wrong];
  const dry = dryRun([...mixed, ...mixed, ...times(8, wrong)], 4);
  const [text] = texts(dry, { numGenerations: 2 });
  expect(text).toContain('With 2 completions per prompt, 25 % of groups would teach something.');
  // The advice names a size that the samples can tell of, and that is better.
  expect(text).toContain('With 4, it would be 50 %.');
  expect(text).toContain('choose an easier level');
});

it('says when fewer completions would do, and when most prompts are too easy', () => {
  const many = dryRun(times(2, [...times(4, right), ...times(4, wrong)]).flat(), 8);
  expect(texts(many, { numGenerations: 8 })[0]).toContain(
    'With 4, which takes 50 % of the sampling, still 97 %.',
  );
  const easy = dryRun([...times(12, right), right, right, right, wrong], 4);
  expect(texts(easy)[0]).toContain('choose a harder level');
});

it('does not call a group useless that is compared with the whole step', () => {
  const dry = dryRun([...times(4, right), ...times(4, wrong)], 4);
  const beyond = { advantageBaseline: 'batch', scaleRewards: 'batch' } as const;
  const [remark] = dryRunWords(dry, recipe({ numGenerations: 4, ...beyond }));
  expect(remark?.level).toBe('good');
  expect(remark?.text).toContain('the others teach as well');
});

it.each([
  [[0, 0], 'Nothing ever scores: all 8 scored samples get 0'],
  [[1, 1], 'All 8 scored samples get the top score, 1'],
  [[0, 1], 'All 8 scored samples get the same, 0.1'],
  [[null, null], 'None of the 8 sampled completions has a score'],
])('says of samples that all score %j: %s', (scores, start) => {
  const [first, ...rest] = texts(dryRun(times(8, row('base', scores)), 4));
  expect(first).toContain(start);
  expect(rest).toEqual([]);
});

it('counts the worked solutions that do not get the top score', () => {
  const some = { ...healthy, rows: [...healthy.rows, row('gold', [0, 1]), row('gold', [1, 0])] };
  expect(texts(some)[0]).toBe(
    '2 of 10 worked solutions score below 1, the lowest 0.1: the reward does not agree with the right answers.',
  );
  // A reward that had nothing to say of a gold answer is not held against it.
  const silent = { ...healthy, rows: [...healthy.rows, row('gold', [1, null])] };
  expect(texts(silent)).toEqual(texts(healthy));
});

it('gives the real task’s gold answers the top score, and takes it from broken ones', () => {
  const config = recipe();
  const task = taskOf(config);
  const rows = trainingSet(task, config).flatMap((example) =>
    [example.gold, `${example.gold}0`].map((completion) =>
      row(
        'gold',
        task.rewards.map((reward) => reward.score({ example, completion, ended: true })),
        { completion },
      ),
    ),
  );
  const top = topOf(dryRun([], 1, rows), config);
  const reached = rows.map((one) => Math.abs(one.total! - top(one)) < 1e-9);
  expect(reached).toEqual(rows.map((_, i) => i % 2 === 0));
});

it('takes the best that was seen as the top of code, not its range', () => {
  const code = { kind: 'code', name: 'mine', source: 'x', range: [0, 100] } as const;
  const config = recipe({ rewards: [code], rewardWeights: [0.9] });
  const rows = [row('base', [7]), row('gold', [5])];
  expect(topOf(dryRun(rows, 1, [], { rewardNames: ['mine'] }), config)(rows[1]!)).toBeCloseTo(6.3);
});

it('warns when wrong completions score higher than right ones, and puts it first', () => {
  const base = times(4, [{ ...neat, correct: true }, { ...right, correct: false }, wrong, wrong]);
  const words = dryRunWords(dryRun(base.flat(), 4), recipe());
  expect(words[0]?.text).toContain('0.33 on average of 12 wrong, 0.1 of 4 right');
  expect(words[0]?.level).toBe('bad');
  expect(words.map(({ text }) => text).join()).toContain('4 of 12 wrong completions get the top');
  expect(texts(healthy).join()).not.toContain('wrong');
});

it('tells how many scores are missing because code failed', () => {
  const scores = times(2, [right, row('base', [1, null]), neat, wrong]).flat();
  const dry = dryRun(scores, 4, [], { errors: [failing('format', 2)] });
  expect(texts(dry)[0]).toBe(
    '25 % of the scores of format are missing because its code failed (2 of 8 texts); most often at line 3: oh',
  );
  expect(texts({ ...dry, errors: [failing('format', 1)] })[0]).toContain(
    'are missing (2 of 8 texts), at least 1 because its code failed',
  );
});

it('names a reward that never varies', () => {
  const dry = dryRun(times(2, [neat, neat, row('base', [1, 1]), neat]).flat(), 4);
  expect(texts(dry)[0]).toContain('format never varies: it gives every sampled completion 1');
  const silent = dryRun(times(2, [row('base', [1, null]), row('base', [0, null])]).flat(), 2);
  expect(texts(silent)).toContain('format has no score for any sampled completion.');
});

it('finds something to say of nothing', () => {
  expect(texts(dryRun([], 1))).toEqual(['Nothing was sampled, so nothing can be said of a run.']);
});

it('never rounds a share to nothing or to everything', () => {
  expect(
    [0, 0.001, 0.714, 0.999, 1].map(percent).map((text) => text.replace('\u202f', ' ')),
  ).toEqual(['0 %', 'under 1 %', '71 %', 'over 99 %', '100 %']);
});

it('groups samples by place, for two prompts may have the same text', () => {
  const groups = dryGroups(dryRun([wrong, right, neat, neat], 2));
  expect(groups.map(({ rows }) => rows.map(({ total }) => total))).toEqual([
    [1, 0],
    [0.1, 0.1],
  ]);
  expect(groups.map(({ alike, right: count }) => [alike, count])).toEqual([
    [false, 1],
    [true, 0],
  ]);
});

it('puts gold answers without a total before the lowest', () => {
  const rows = [gold, row('gold', [0, 0]), row('gold', [null, null]), row('gold', [0, 1])];
  expect(lowestGolds(dryRun([], 1, rows), 3).map(({ total }) => total)).toEqual([null, 0, 0.1]);
});
