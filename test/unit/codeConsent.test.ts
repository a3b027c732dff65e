/** Reward code from elsewhere: asked about once, by its text, and never run after a no. */
import { beforeEach, expect, test, vi } from 'vitest';
import { defaultConfig, parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { CodeConsent, codeOf } from '../../src/session/codeConsent.svelte.ts';
import type { RunInfo } from '../../src/session/protocol.ts';

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
  });
});

const code = (source: string, i = 0) =>
  ({ kind: 'code', name: `reward_${i}`, source, range: [0, 1] }) as const;

function recipe(...sources: string[]): RunConfig {
  const { config } = parseConfig({
    ...defaultConfig,
    rewards: sources.map((source, i) => code(source, i)),
  });
  return config!;
}

test('code of a link is shown, and runs only after a yes', () => {
  const consent = new CodeConsent();
  const go = vi.fn();
  consent.meet(recipe('a', 'b'));
  expect(() => consent.require('a')).toThrow(/asked first/);
  consent.before(recipe('a', 'b'), go);
  expect(consent.asked?.map(({ source }) => source)).toEqual(['a', 'b']);
  expect(go).not.toHaveBeenCalled();
  consent.answer(false);
  expect([consent.asked, go.mock.calls.length]).toEqual([null, 0]);
  consent.before(recipe('a', 'b'), go);
  consent.answer(true);
  expect(go).toHaveBeenCalledTimes(1);
  consent.before(recipe('b', 'a'), go);
  expect([consent.asked, go.mock.calls.length]).toEqual([null, 2]);
  expect(() => consent.require('a')).not.toThrow();
});

test('a yes is for that text and no other, and outlasts the page', () => {
  const consent = new CodeConsent();
  consent.meet(recipe('a'));
  consent.before(recipe('a'), vi.fn());
  consent.answer(true);
  const later = new CodeConsent();
  const go = vi.fn();
  later.meet(recipe('a', 'a '));
  later.before(recipe('a'), go);
  expect(go).toHaveBeenCalledTimes(1);
  later.before(recipe('a', 'a '), go);
  expect(later.asked?.map(({ source }) => source)).toEqual(['a ']);
});

test('what was written in the page is not asked about, then or as a stored run', () => {
  const consent = new CodeConsent();
  const go = vi.fn();
  consent.before(recipe('mine'), go);
  consent.meet(recipe('mine'));
  consent.before(recipe('mine'), go);
  expect(go).toHaveBeenCalledTimes(2);
});

test('code that a later change of the recipe brings is asked about as well', () => {
  const config = { ...recipe('a'), changes: [{ step: 3, rewards: [code('b')] }] };
  expect(codeOf(config).map(({ source }) => source)).toEqual(['a', 'b']);
});

test.each(['nonsense', '["short"]', '{}'])('%s in the browser’s storage is no consent', (text) => {
  kept.set('rft-allowed-code', text);
  const consent = new CodeConsent();
  consent.meet(recipe('a'));
  const go = vi.fn();
  consent.before(recipe('a'), go);
  expect(go).not.toHaveBeenCalled();
});

test.each(['\r\n', '\r'])(
  'an editor that rewrites the line ends %j makes no other code of it',
  (end) => {
    const consent = new CodeConsent();
    consent.meet(recipe(`a${end}b`));
    expect(() => consent.require('a\nb')).toThrow(/asked first/);
    consent.beforeCode([code('a\nb')], vi.fn());
    expect(consent.asked).toHaveLength(1);
    consent.answer(true);
    expect(() => consent.require(`a${end}b`)).not.toThrow();
  },
);

test('a stored run’s code is asked about where the run was imported, and not where it was made here', () => {
  const consent = new CodeConsent();
  const run = { id: 'one', config: recipe('theirs') } as RunInfo;
  consent.meetImported([
    { ...run, imported: true },
    { ...run, config: recipe('mine') },
  ]);
  expect(() => consent.require('theirs')).toThrow(/asked first/);
  expect(() => consent.require('mine')).not.toThrow();
});

test('a yes in another tab counts here, and neither tab forgets the other’s', () => {
  const [here, there] = [new CodeConsent(), new CodeConsent()];
  here.meet(recipe('a', 'b'));
  there.before(recipe('a'), vi.fn());
  here.before(recipe('c'), vi.fn());
  expect(() => here.require('a')).not.toThrow();
  expect(() => here.require('b')).toThrow(/asked first/);
  expect(JSON.parse(kept.get('rft-allowed-code')!)).toHaveLength(2);
});
