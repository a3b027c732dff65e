/**
 * Light, dark or whatever the system says; remembered in this browser. `dark` is what holds now,
 * and `data-theme` on <html> follows it.
 */
import { MediaQuery } from 'svelte/reactivity';
import { recalled, remember } from '../session/remembered.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'theme';
const choices: readonly ThemeChoice[] = ['system', 'light', 'dark'];

function remembered(): ThemeChoice {
  const text = recalled(KEY);
  return choices.find((choice) => choice === text) ?? 'system';
}

class Theme {
  choice = $state<ThemeChoice>(remembered());
  readonly #system = new MediaQuery('prefers-color-scheme: dark');
  readonly dark = $derived(
    this.choice === 'dark' || (this.choice === 'system' && this.#system.current),
  );

  /** system, light, dark, system, … */
  next(): void {
    const at = choices.indexOf(this.choice);
    this.choice = choices[(at + 1) % choices.length] ?? 'system';
    remember(KEY, this.choice);
  }
}

export const theme = new Theme();
