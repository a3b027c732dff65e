/** Which token is read out: the one pointed at, else the one that was clicked, tapped or moved to. */
import type { TokenView } from './tokenParts.ts';

/** `pointing` ends when the pointer leaves, `holding` when the focus does. */
export type ReadBy = 'pointing' | 'holding';

export class TokenReading {
  #tokens = $state.raw<Record<ReadBy, TokenView | null>>({ pointing: null, holding: null });
  readonly token = $derived(this.#tokens.pointing ?? this.#tokens.holding);

  take(token: TokenView | null, by: ReadBy): void {
    this.#tokens = { ...this.#tokens, [by]: token };
  }
}
