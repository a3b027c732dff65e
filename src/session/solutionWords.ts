/**
 * What right texts are called on the page: those that a dry run checks the rewards with, and those
 * that SFT imitates. RFT is shown neither. Pure.
 */
import type { RunConfig } from '../rft/configTable.ts';
import { taskOf } from '../tasks/index.ts';
import { promptCounts } from './runData.ts';

/** The right completions that a dry run scores. */
export const solutionsOf = (config: RunConfig): string =>
  taskOf(config).hasChains ? 'worked solutions' : 'right answers';

/** "SFT: imitate the 64 right answers, without the working". */
export function sftWords(config: RunConfig): string {
  const { train } = promptCounts(config);
  const texts =
    config.sftTarget === 'chain'
      ? 'worked solutions'
      : taskOf(config).thinks
        ? 'right answers, without the working'
        : 'right answers';
  return `SFT: imitate the ${train} ${texts}`;
}
