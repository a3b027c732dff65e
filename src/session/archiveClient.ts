/**
 * The page's end of the archive worker: one worker for one piece of work, ended with it. Every
 * piece of work ends: with its result, with the worker's own failure as a CodedError, with
 * 'worker-died', or with 'cancelled'. What was cancelled has changed nothing.
 */
import * as comlink from 'comlink';
import { CodedError } from '../../models/errors.ts';
import type {
  ArchiveApi,
  ArchiveProgress,
  Exported,
  ExportRequest,
  Imported,
} from './archiveProtocol.ts';
import { tellRunsChanged } from '../storage/runTabs.ts';
import type { Failure } from './protocol.ts';

export interface ArchiveJob<T> {
  result: Promise<T>;
  cancel(): void;
}

const spawn = (): Worker =>
  new Worker(new URL('../../workers/archive.worker.ts', import.meta.url), {
    type: 'module',
    name: 'archive',
  });

const died = (detail: string): CodedError =>
  new CodedError(
    'worker-died',
    'The work on the file stopped unexpectedly: the browser may have been short of memory. ' +
      'Nothing was changed. Close other tabs and try again.',
    detail,
  );
const cancelled = (): CodedError => new CodedError('cancelled', 'Cancelled. Nothing was changed.');

/** comlink hands on what the worker threw: a Failure as data; an Error is a bug and stays one. */
function rebuilt(reason: unknown): Error {
  if (reason instanceof Error) return reason;
  const { code, message, detail } = reason as Failure;
  return new CodedError(code, message, detail);
}

function job<T>(work: (api: comlink.Remote<ArchiveApi>) => Promise<T>): ArchiveJob<T> {
  const worker = spawn();
  let cancel = (): void => undefined;
  const result = new Promise<T>((resolve, reject) => {
    cancel = () => reject(cancelled());
    worker.addEventListener('error', (event) => reject(died(event.message || 'it did not load')));
    worker.addEventListener('messageerror', () => reject(died('a message could not be read')));
    work(comlink.wrap<ArchiveApi>(worker)).then(resolve, (reason: unknown) => {
      reject(rebuilt(reason));
    });
  }).finally(() => worker.terminate());
  return { result, cancel };
}

export const exportJob = (
  request: ExportRequest,
  onProgress: ArchiveProgress,
): ArchiveJob<Exported> => job((api) => api.exportFile(request, comlink.proxy(onProgress)));

/** An import of which every tab's list of runs is told. */
export function announced(importing: ArchiveJob<Imported>): ArchiveJob<Imported> {
  const result = importing.result.then((imported) => {
    if (imported.how !== 'same') tellRunsChanged();
    return imported;
  });
  return { ...importing, result };
}

export const importJob = (file: Blob, onProgress: ArchiveProgress): ArchiveJob<Imported> =>
  announced(job((api) => api.importFile(file, comlink.proxy(onProgress))));
