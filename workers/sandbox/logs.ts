/** What console.log and its like wrote in a batch, up to a limit; cut lines are counted. */
import { codeLimits } from '../../src/graders/codeReward.ts';
import type { Told } from './outcome.ts';

export class LogBook {
  readonly #lines: string[] = [];
  #written = 0;

  add(told: Pick<Told, 'lines' | 'written'> | null): void {
    if (!told) return;
    const room = codeLimits.logLines - this.#lines.length;
    this.#lines.push(...told.lines.slice(0, Math.max(room, 0)));
    this.#written += told.written;
  }

  lines(): string[] {
    const cut = this.#written - this.#lines.length;
    return cut === 0 ? this.#lines : [...this.#lines, `… and ${cut} more lines, not kept.`];
  }
}
