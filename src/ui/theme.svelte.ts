/**
 * Light, dark or whatever the system says; remembered in this browser. `dark` is what holds now,
 * and `data-theme` on <html> follows it.
 */
import { MediaQuery } from 'svelte/reactivity';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'theme';
const choices: readonly ThemeChoice[] = ['system', 'light', 'dark'];

/** Storage may be forbidden (a sandboxed frame): then the choice lasts as long as the page. */
function remembered(): ThemeChoice {
  try {
    return choices.find((choice) => choice === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
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
    try {
      localStorage.setItem(KEY, this.choice);
    } catch {
      return;
    }
  }
}

export const theme = new Theme();
