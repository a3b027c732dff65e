/** What crosses between the page and the archive worker: types only, and files as Blobs. */

/** The completions that the page remembers of a run, as JSON Lines; or why there are none. */
export interface RolloutFile {
  lines: Blob | null;
  /** Steps whose completions are in it. */
  steps: number;
  note: string;
}

export type ExportRequest =
  /** The whole run, with the newest checkpoint or with all of them. */
  | { kind: 'run'; runId: string; checkpoints: 'newest' | 'all'; rollouts: RolloutFile }
  /** The policy of one checkpoint: a Hugging Face folder as .zip, or its weights alone. */
  | { kind: 'folder' | 'weights'; runId: string; checkpointId: string };

export interface Exported {
  /** A name for the file. */
  name: string;
  file: Blob;
  /** What was left out and why, in sentences; most often nothing. */
  notes: string[];
}

export interface Imported {
  runId: string;
  name: string;
  step: number;
  checkpoints: number;
  /** `same`: all of it was here already. `copy`: its id was taken by a run that differs. */
  how: 'new' | 'same' | 'copy';
}

/** `done` of `total` bytes; total 0 when unknown. */
export type ArchiveProgress = (done: number, total: number) => void;

/** The worker's face, wrapped by comlink; failures come as data (see protocol.ts). */
export interface ArchiveApi {
  exportFile(request: ExportRequest, onProgress: ArchiveProgress): Promise<Exported>;
  importFile(file: Blob, onProgress: ArchiveProgress): Promise<Imported>;
}
