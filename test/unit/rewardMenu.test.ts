/** What can be added to a recipe's rewards: every item is valid, and no name is given twice. */
import { describe, expect, it } from 'vitest';
import { graderKindNames } from '../../src/graders/grader.ts';
import { parseRewards, type RewardSpec } from '../../src/rft/rewardSpec.ts';
import { freeName, newCode, newGrader } from '../../src/session/newReward.ts';
import { kindsFor, rewardMenu, type MenuItem } from '../../src/session/rewardMenu.ts';

const task = {
  rewards: [
    { name: 'correct', meaning: 'Right.' },
    { name: 'format', meaning: 'Well formed.' },
  ],
  proxy: { name: 'long', meaning: 'Thinks at length.', hole: 'Padding is paid.' },
};
const own = (name: string): RewardSpec => ({ kind: 'task', name });
const used = [own('correct'), newGrader('regex', []), newCode([])];
const items = (title: string, given: readonly RewardSpec[] = used): readonly MenuItem[] =>
  rewardMenu(task, given).find((group) => group.title.startsWith(title))?.items ?? [];

describe('new rewards', () => {
  it('counts on until a name is free', () => {
    expect(freeName('code', ['code', 'code-2', 'code-4'])).toBe('code-3');
    expect(freeName('code', [])).toBe('code');
  });

  it.each(graderKindNames)('%s starts as a grader without problems', (kind) => {
    const spec = newGrader(kind, [kind]);
    expect(spec.name).toBe(`${kind}-2`);
    expect(parseRewards([spec]).problems).toEqual([]);
  });

  it('starts code from a template, in 0 to 1', () => {
    expect(parseRewards([newCode([])]).specs).toEqual([newCode([])]);
    expect(newCode(['code'])).toMatchObject({ name: 'code-2', range: [0, 1] });
  });
});

describe('rewardMenu', () => {
  it('offers the task’s own rewards that are not in use', () => {
    expect(items('The task').map(({ label, edit }) => [label, edit])).toEqual([['format', false]]);
    expect(items('The task', [own('correct'), own('format')])).toEqual([]);
  });

  it('says why when another reward has the name', () => {
    const named = { ...newGrader('regex', []), name: 'format' };
    expect(items('The task', [named])[1]?.unavailable).toContain('called format');
  });

  it('leads to a list without problems, whatever is added', () => {
    const all = rewardMenu(task, used).flatMap((group) => group.items);
    expect(all.length).toBe(1 + graderKindNames.length - 1 + 1 + 1);
    for (const { spec } of all) expect(parseRewards([...used, spec]).problems).toEqual([]);
  });

  it('leaves the task’s own names free', () => {
    const format = items('Graders').find(({ spec }) => spec.kind === 'format');
    expect(format?.spec.name).toBe('format-2');
  });

  it('marks the reward with a hole, until it is in use', () => {
    expect(items('With a known hole')).toMatchObject([{ label: 'long', hole: 'Padding is paid.' }]);
    expect(items('With a known hole', [own('long')])).toEqual([]);
  });

  it('offers unit tests only where the task has some', () => {
    expect(kindsFor({})).not.toContain('unit_tests');
    expect(kindsFor({ testResults: () => [true] })).toEqual([...graderKindNames]);
  });
});
