/** Rewards in the form: any spec survives spec -> draft -> spec, and what was typed is kept. */
import { describe, expect, it } from 'vitest';
import { graderKindNames } from '../../src/graders/grader.ts';
import { parseGrader } from '../../src/graders/parseGrader.ts';
import { newCode, newGrader } from '../../src/session/newReward.ts';
import {
  checkDraft,
  draftOf,
  ownRangeText,
  valueAt,
  withValue,
  type EditableReward,
} from '../../src/session/rewardDraft.ts';
import { RewardEditor } from '../../src/session/rewardEditor.svelte.ts';

function grader(input: object): EditableReward {
  const parsed = parseGrader(input);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

const nested = grader({
  kind: 'combination',
  name: 'all',
  range: [-1, 1],
  how: 'minimum',
  parts: [
    { grader: { kind: 'regex', pattern: '\\d', range: [0, 0.5] }, weight: 0.25 },
    {
      grader: {
        kind: 'combination',
        parts: [{ grader: { kind: 'number_tolerance' }, weight: 2 }],
      },
      weight: 1,
    },
  ],
});

describe('draft and spec', () => {
  it.each<EditableReward>([
    ...graderKindNames.map((kind) => newGrader(kind, [])),
    newCode([]),
    nested,
    grader({ kind: 'overlong', cache: 3, max: 17, range: [-0.5, 0.0001] }),
  ])('$kind survives the form', (spec) => {
    expect(checkDraft(draftOf(spec), [])).toEqual({ spec, problems: new Map() });
  });

  it('changes one setting at its path and nothing else', () => {
    const draft = draftOf(nested);
    const next = withValue(draft, 'parts.1.grader.parts.0.weight', '3');
    expect(valueAt(next, 'parts.1.grader.parts.0.weight')).toBe('3');
    expect(withValue(next, 'parts.1.grader.parts.0.weight', '2')).toEqual(draft);
    expect(valueAt(draft, 'parts.1.grader.parts.0.weight')).toBe('2');
  });

  it('takes a range out', () => {
    const without = withValue(draftOf(nested), 'range', undefined);
    expect('range' in without).toBe(false);
    expect(checkDraft(without, []).spec).not.toHaveProperty('range');
  });
});

describe('ownRangeText', () => {
  it('is the range without the one it is mapped to, in a combination that of its parts', () => {
    const editor = new RewardEditor(nested, []);
    expect(ownRangeText(editor.grader(''))).toEqual(['0', '1']);
    editor.set('parts.0.grader.range', ['-3', '0.5']);
    expect(ownRangeText(editor.grader(''))).toEqual(['-3', '1']);
    expect(ownRangeText(editor.grader('parts.0.grader'))).toEqual(['0', '1']);
  });

  it('is the usual one while something is wrong', () => {
    const editor = new RewardEditor(newGrader('overlong', []), []);
    editor.set('cache', 'x');
    expect(ownRangeText(editor.grader(''))).toEqual(['-1', '0']);
  });
});

describe('RewardEditor', () => {
  it('keeps a half-typed number and reports it at its path', () => {
    const editor = new RewardEditor(nested, []);
    editor.set('parts.0.weight', '1e');
    expect(editor.text('parts.0.weight')).toBe('1e');
    expect(editor.problem('parts.0.weight')).toContain('above 0');
    expect(editor.spec).toBeNull();
    editor.set('parts.0.weight', '0,5');
    expect(editor.spec).toMatchObject({ parts: [{ weight: 0.5 }, { weight: 1 }] });
  });

  it('reports a problem deep inside a combination at the very field', () => {
    const editor = new RewardEditor(nested, []);
    editor.set('parts.0.grader.pattern', '(');
    expect([...editor.problems.keys()]).toEqual(['parts.0.grader.pattern']);
    editor.set('parts.1.grader.parts.0.grader.range', ['1', '0']);
    expect([...editor.problems.keys()]).toContain('parts.1.grader.parts.0.grader.range');
  });

  it('calls an empty end of a range a problem, not 0', () => {
    const editor = new RewardEditor(newCode([]), []);
    editor.set('range.0', '');
    expect(editor.problem('range')).toContain('two numbers');
  });

  it('refuses another reward’s name, and an impossible one', () => {
    const editor = new RewardEditor(newGrader('regex', []), ['correct']);
    editor.set('name', 'correct');
    expect(editor.problem('name')).toContain('another reward');
    expect(editor.spec).toBeNull();
    editor.set('name', 'two words');
    expect(editor.problem('name')).toContain('letters');
  });

  it('adds and removes parts; an empty combination is a problem at its parts', () => {
    const editor = new RewardEditor(newGrader('combination', []), []);
    editor.addPart('parts', 'combination');
    expect(editor.problems.size).toBe(0);
    editor.removePart('parts', 0);
    expect(editor.parts('parts').map(({ grader: { kind } }) => kind)).toEqual([
      'format',
      'combination',
    ]);
    editor.removePart('parts.1.grader.parts', 0);
    editor.removePart('parts.1.grader.parts', 0);
    expect(editor.problem('parts.1.grader.parts')).toContain('at least one');
  });

  it('knows whether anything differs from how it was', () => {
    const editor = new RewardEditor(newGrader('length_target', []), []);
    expect(editor.changed).toBe(false);
    editor.set('target', '25');
    expect(editor.changed).toBe(true);
    editor.set('target', '24');
    expect(editor.changed).toBe(false);
    editor.set('range', ['0', '2']);
    editor.set('range', undefined);
    expect(editor.changed).toBe(false);
  });
});
