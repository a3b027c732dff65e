/** The user's own table as a file to send along with a link that is too short for it. */
import { rowsHash, shortHash } from '../rft/rowsHash.ts';
import type { OwnRow } from '../tasks/task.ts';

export const tableFileName = (hash: string): string => `rows-${shortHash(hash)}.jsonl`;

export interface TableFile {
  name: string;
  /** JSON Lines; reading it gives the same rows back. */
  text: string;
}

export function tableFile(rows: readonly OwnRow[]): TableFile {
  const lines = rows.map(([prompt, answer, chain = '']) =>
    JSON.stringify(chain === '' ? { prompt, answer } : { prompt, answer, chain }),
  );
  return { name: tableFileName(rowsHash(rows)), text: `${lines.join('\n')}\n` };
}
