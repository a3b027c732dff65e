/**
 * Puts a run from an archive into storage. A run that is here already is never overwritten: if all
 * that the file holds is here, there is nothing to do; if the two differ, the file's becomes a run
 * of its own, under another id and a name that says so, with its checkpoints sealed anew. That id
 * comes from the contents, so that the same file is recognised when it comes again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { CodedError } from '../../models/errors.ts';
import { draftOf, seal, type CheckpointHeader } from '../../src/storage/checkpointRecord.ts';
import type { WholeRun, WholeRunStore } from '../../src/storage/wholeRun.ts';
import { metricsText, MOST_NAME } from './records.ts';
import type { ReadRun } from './runArchive.ts';
import type { Imported } from '../../src/session/archiveProtocol.ts';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether everything of `file` is in `here`, which may have gone further since. */
function holds(here: WholeRun, file: WholeRun): boolean {
  const sums = new Set(here.headers.map(({ checksum }) => checksum));
  const rows = new Map(here.rows.map((row) => [row.step, row]));
  return (
    file.headers.every(({ checksum }) => sums.has(checksum)) &&
    file.rows.every((row) => same(rows.get(row.step), row))
  );
}

/** The id of a run's copy: the same for the same checkpoints and rows. */
function copyId({ run, rows, headers }: WholeRun): string {
  const sums = headers.map(({ checksum }) => checksum);
  const contents = [run.id, ...sums, metricsText(rows)].join('\n');
  return bytesToHex(sha256(utf8ToBytes(contents))).slice(0, 16);
}

/** The same run under another id. */
function copyOf({ whole, tensors, rollouts }: ReadRun, id: string): ReadRun {
  const { run, rows, headers } = whole;
  const copied = new Map<string, Uint8Array>();
  const resealed = headers.map((header): CheckpointHeader => {
    const bytes = tensors.get(header.id)!;
    const fresh = seal({ ...draftOf(header, bytes), runId: id });
    copied.set(fresh.id, bytes);
    return fresh;
  });
  const name = `${run.name.slice(0, MOST_NAME - 20)} (imported)`;
  const copy = { run: { ...run, id, name }, rows, headers: resealed };
  return { whole: copy, tensors: copied, rollouts };
}

/** The record says for ever that it came from a file, which anyone can have written. */
const marked = (whole: WholeRun): WholeRun => ({ ...whole, run: { ...whole.run, imported: true } });

/** A full disk, in the words of an import; other errors stay as they are. */
function told(error: unknown, bytes: number): unknown {
  if (!(error instanceof CodedError) || error.code !== 'storage-full') return error;
  return new CodedError(
    error.code,
    `This run takes ${(bytes / 1e6).toFixed(1)} MB, and the browser has no room left for it. ` +
      'Nothing was imported, and what was saved before is kept. Delete runs or checkpoints that ' +
      'you no longer need, then import it again.',
    error.detail,
  );
}

/** Rejects as the store does. */
export async function importRun(
  store: WholeRunStore,
  read: ReadRun,
  newRunId: () => string,
): Promise<Imported> {
  const { step, bytes } = read.whole.run;
  const summary = { step, checkpoints: read.whole.headers.length };
  const put = async (
    { whole, tensors, rollouts }: ReadRun,
    how: 'new' | 'copy',
  ): Promise<Imported> => {
    await store.putWholeRun(marked(whole), tensors, rollouts).catch((error: unknown) => {
      throw told(error, bytes);
    });
    return { ...summary, how, name: whole.run.name, runId: whole.run.id };
  };
  const found = ({ run }: WholeRun): Imported => {
    return { ...summary, how: 'same', name: run.name, runId: run.id };
  };

  const here = await store.wholeRun(read.whole.run.id);
  if (!here) return put(read, 'new');
  if (holds(here, read.whole)) return found(here);
  const copy = copyOf(read, copyId(read.whole));
  const copied = await store.wholeRun(copy.whole.run.id);
  if (!copied) return put(copy, 'copy');
  // A copy that has lost checkpoints since is not what the file holds.
  return holds(copied, copy.whole) ? found(copied) : put(copyOf(read, newRunId()), 'copy');
}
