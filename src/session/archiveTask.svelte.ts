/**
 * One piece of work on a file at a time, as the page shows it: how far it is, what came of it, or
 * why nothing did. Cancelling ends it at once; what comes late is not shown.
 */
import { CodedError } from '../../models/errors.ts';
import type { ArchiveJob } from './archiveClient.ts';
import type { ArchiveProgress } from './archiveProtocol.ts';

export interface ShownProgress {
  done: number;
  /** 0: not known. */
  total: number;
}

export class ArchiveTask<T> {
  /** Null: nothing is under way. */
  progress = $state.raw<ShownProgress | null>(null);
  problem = $state<string | null>(null);
  result = $state.raw<T | null>(null);
  #job: ArchiveJob<T> | null = null;
  #round = 0;

  /** The result, or null where there is none: then `problem` says why, unless it was cancelled. */
  async run(start: (onProgress: ArchiveProgress) => Promise<ArchiveJob<T>>): Promise<T | null> {
    if (this.progress) return null;
    const round = ++this.#round;
    this.problem = null;
    this.result = null;
    this.progress = { done: 0, total: 0 };
    try {
      const job = await start((done, total) => {
        if (round === this.#round && this.progress) this.progress = { done, total };
      });
      if (round !== this.#round) job.cancel();
      this.#job = job;
      const result = await job.result;
      if (round === this.#round) this.result = result;
      return result;
    } catch (error) {
      const byUser = error instanceof CodedError && error.code === 'cancelled';
      if (round === this.#round && !byUser) {
        this.problem = error instanceof Error ? error.message : String(error);
      }
      return null;
    } finally {
      if (round === this.#round) {
        this.progress = null;
        this.#job = null;
      }
    }
  }

  cancel(): void {
    this.#round += 1;
    this.#job?.cancel();
    this.#job = null;
    this.progress = null;
  }
}
