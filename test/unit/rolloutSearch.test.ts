/** Searching the kept rollouts, and writing what was found as JSON Lines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecording } from '../../src/session/recording.ts';
import { rolloutLines } from '../../src/session/rolloutLines.ts';
import { isSame, searchRollouts, type Preset } from '../../src/session/rolloutSearch.ts';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import { trainExample } from '../../src/rft/dataset.ts';
import { answerJudge } from '../../src/session/answerJudge.ts';
import { taskOf } from '../../src/tasks/index.ts';
import type { CompletionView, RolloutView } from '../../src/session/protocol.ts';

/** A completion by its text; `<…>` is split off as thinking, as the task does. */
function written(text: string, more: Partial<CompletionView> = {}): CompletionView {
  const [thinking, answer] = text.includes('>') ? text.split(/>(.*)/s) : ['', text];
  return {
    tokens: Array.from(text),
    logps: Array.from(text).map(() => -0.1),
    thinking: thinking!.replace('<', ''),
    answer: answer!,
    finishReason: 'eos',
    rewards: [0, 1],
    reward: 0,
    advantage: 0,
    correct: false,
    ...more,
  };
}

const right = { correct: true, rewards: [1, 1], reward: 1.1, advantage: 0.7 };
const first: RolloutView = {
  step: 3,
  rewardNames: ['correct', 'format'],
  groups: [
    {
      promptIndex: 6,
      prompt: 'C7,18,3:22|',
      answer: '22',
      completions: [
        written('<18+7=25>22', right),
        written('<18-7=11>11', { advantage: -0.4 }),
        written('18+7-3=22>22', { rewards: [0, 0] }), // no tag in front
        written('<a>22>', { rewards: [0, 0] }), // one tag too many
        written('<18+7-3', { finishReason: 'length', rewards: [null, 0], advantage: -0.9 }),
      ],
    },
  ],
};
const second: RolloutView = {
  step: 8,
  rewardNames: ['correct', 'Format (strict)'],
  groups: [
    {
      promptIndex: 2,
      prompt: 'C1,2:3|',
      answer: '3',
      completions: [
        written('<1+2=3>3', { ...right, rewards: [1, 0], advantage: 1.2 }), // right, format refused
        written('<>', { rewards: [0, 0] }),
      ],
    },
  ],
};
const list = [first, second];
const judge = answerJudge(defaultConfig);
const found = (preset: Preset, text = ''): string[] =>
  searchRollouts(list, { preset, text }, judge).map(({ completion }) => completion.tokens.join(''));

test.each<[Preset, string[]]>([
  ['right', ['<1+2=3>3', '<18+7=25>22']],
  ['wrong', ['<>', '<18-7=11>11', '18+7-3=22>22', '<a>22>', '<18+7-3']],
  ['malformed', ['<1+2=3>3', '18+7-3=22>22', '<a>22>']],
  ['cut', ['<18+7-3']],
  ['pushed', ['<1+2=3>3', '<18+7=25>22']],
  ['suppressed', ['<18+7-3', '<18-7=11>11']],
])('%s', (preset, texts) => {
  expect(found(preset)).toEqual(texts);
});

test('right but badly formed: any answer that the task would take, not the gold one alone', () => {
  const config = parseConfig({ ...defaultConfig, task: 'countdown' }).config!;
  const { prompt, answer } = trainExample(taskOf(config), config.seed, 3, config.level);
  const other = Array.from(answer.matchAll(/([+-]?)(\d+)/g), ([, sign, number]) => [
    sign === '-' ? '-' : '+',
    number!,
  ])
    .toReversed()
    .sort(([a], [b]) => Number(a === '-') - Number(b === '-'))
    .flat()
    .join('')
    .slice(1);
  expect(other).not.toBe(answer);
  const completions = [other, `${other}-1`, ''].map((text) => written(text));
  const group = { promptIndex: 3, prompt, answer, completions };
  const rollout = { step: 1, rewardNames: ['correct', 'format'], groups: [group] };
  const query = { preset: 'malformed', text: '' } as const;
  const texts = (one: RolloutView) =>
    searchRollouts([one], query, answerJudge(config)).map(({ completion }) => completion.answer);
  expect(texts(rollout)).toEqual([other]);
  // Rollouts of other prompts than the recipe's are judged by their own answer alone.
  expect(texts({ ...rollout, groups: [{ ...group, prompt: 'C1,2:3|' }] })).toEqual([]);
});

test('a reward for the form is known by what it is, in force at any step, or by its name', () => {
  const spec = { kind: 'format', name: 'tidy', thinkingNeeded: false, answerNeeded: true } as const;
  const changes = [{ step: 4, rewards: [spec, { kind: 'task', name: 'correct' }] }];
  const { config, problems } = parseConfig({ ...defaultConfig, changes });
  expect(problems).toEqual([]);
  const { judgesForm } = answerJudge(config!);
  expect(['tidy', 'format', 'correct'].map(judgesForm)).toEqual([true, true, false]);
  expect(judge.judgesForm('tidy')).toBe(false);
});

test('the same group is known by its prompt and its texts', () => {
  const [group] = first.groups;
  const copy = structuredClone(group!);
  expect(isSame(group!, copy)).toBe(true);
  expect(isSame(group!, { ...copy, promptIndex: 7 })).toBe(false);
  expect(isSame(group!, { ...copy, completions: copy.completions.toReversed() })).toBe(false);
});

test('longest first, ties by the newest step', () => {
  const lengths = found('longest').map(({ length }) => length);
  expect(lengths).toEqual([12, 11, 11, 8, 7, 6, 2]);
  expect(found('all')[0]).toBe('<1+2=3>3');
});

test('a text is looked for in prompts and completions, in any case, with the preset', () => {
  expect(found('all', 'c1,2')).toHaveLength(2);
  expect(found('all', '18-7')).toEqual(['<18-7=11>11']);
  expect(found('right', '18+7')).toEqual(['<18+7=25>22']);
  expect(found('all', 'nowhere')).toEqual([]);
});

test('one line a completion, with all that is known of it', () => {
  const lines = rolloutLines(searchRollouts(list, { preset: 'cut', text: '' }, judge));
  expect(lines.endsWith('\n')).toBe(true);
  expect(
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    {
      step: 3,
      prompt_index: 6,
      prompt: 'C7,18,3:22|',
      right_answer: '22',
      completion: '<18+7-3',
      thinking: first.groups[0]!.completions[4]!.thinking,
      answer: first.groups[0]!.completions[4]!.answer,
      rewards: { correct: null, format: 0 },
      reward: 0,
      advantage: -0.9,
      correct: false,
      finish_reason: 'length',
      tokens: Array.from('<18+7-3'),
      logps: Array.from('<18+7-3').map(() => -0.1),
    },
  ]);
});

test('what was measured of the update is in the line, token by token', () => {
  const [found] = searchRollouts(list, { preset: 'cut', text: '' }, judge);
  const changes = found!.completion.logps.map((_, i) => i / 8);
  const line = rolloutLines([{ ...found!, completion: { ...found!.completion, changes } }]);
  expect(JSON.parse(line)).toMatchObject({ logp_changes: changes });
});

test('a real run: every completion is one line, right ones are never wrong ones', async () => {
  const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/recording.run')));
  const { rollouts } = (await readRecording(bytes)).recording!;
  const count = (preset: Preset) => searchRollouts(rollouts, { preset, text: '' }, judge).length;
  const all = rollouts.flatMap(({ groups }) => groups.flatMap(({ completions }) => completions));
  expect(count('right') + count('wrong')).toBe(all.length);
  expect(count('right')).toBeGreaterThan(0);
  const lines = rolloutLines(searchRollouts(rollouts, { preset: 'all', text: '' }, judge));
  expect(lines.split('\n')).toHaveLength(all.length + 1);
});
