/** Tokens of a completion in a real browser: what is read out belongs to what is shown. */
import { flushSync, mount, unmount } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';
import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { TokenView } from '../../src/ui/rollouts/tokenParts.ts';
import Tokens from '../../src/ui/rollouts/Tokens.svelte';

const step = (texts: readonly string[]): TokenView[] =>
  texts.map((text) => ({ text, probability: 0.5, isAnswer: false, isEnd: false }));

test('the next step’s token takes the place of the one that was read out', async () => {
  let tokens = step(['1', '+', '2']);
  let changed = (): void => undefined;
  const follow = createSubscriber((update) => void (changed = update));
  const onToken = vi.fn();
  const props = {
    ...{ label: 'thinking', onToken },
    get tokens() {
      follow();
      return tokens;
    },
  };
  const show = (texts: readonly string[]): void => {
    tokens = step(texts);
    changed();
    flushSync();
  };
  const shown = mount(Tokens, { target: document.body, props });
  show(['1', '+', '3']);
  expect(onToken).not.toHaveBeenCalled();
  await userEvent.click(page.getByText('3'));
  expect(onToken).toHaveBeenCalledWith(tokens[2], 'holding');
  expect(onToken).toHaveBeenCalledWith(tokens[2], 'pointing');
  for (const texts of [['7', '+', '8'], ['9']]) {
    onToken.mockClear();
    show(texts);
    expect(onToken).toHaveBeenCalledWith(tokens[2] ?? null, 'holding');
    expect(onToken).toHaveBeenCalledWith(tokens[2] ?? null, 'pointing');
  }
  await unmount(shown);
});
