/**
 * Plays a recorded run into the Lab's state as if it were going, at a pace that takes about twelve
 * seconds whatever the run took. The trainer is not touched and stays idle, so Run works all the
 * while. With reduced motion the finished run stands there at once; a hidden tab waits.
 */
import type { TaskId } from '../rft/taskRecipes.ts';
import type { LabState } from './labState.svelte.ts';
import { isPacked, readRecording, type Recording } from './recording.ts';

/** Seconds a whole run takes, and between two looks at the time. */
const LENGTH = 12;
const TICK = 0.05;

/** What it needs of the browser. */
export interface PlaybackHost {
  /** The file's bytes; null when there is none. */
  fetchRecording: (task: TaskId) => Promise<Uint8Array<ArrayBuffer> | null>;
  reducedMotion: () => boolean;
  hidden: () => boolean;
}

export const browserHost: PlaybackHost = {
  fetchRecording: async (task) => {
    const response = await fetch(`recordings/${task}.run`);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  },
  reducedMotion: () => matchMedia('(prefers-reduced-motion: reduce)').matches,
  hidden: () => document.hidden,
};

/** What came of a wish to play. */
export type PlayResult = 'playing' | 'missing' | 'failed' | 'dropped';

export class Playback {
  readonly #state: LabState;
  readonly #host: PlaybackHost;
  /** The one that is shown; null when none is. */
  recording = $state.raw<Recording | null>(null);
  playing = $state(false);
  /** One will most likely be shown in a moment: its place is kept. */
  coming = $state(false);
  readonly finished = $derived.by(() => {
    const last = this.recording?.rows.length;
    return last !== undefined && this.#state.rows.length >= last;
  });
  /** Why a recording that is there cannot be shown. */
  problem = $state<string | null>(null);
  /** Rows shown so far, with a fraction on the way to the next. */
  #position = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Counts wishes, so that a download that ends late plays nothing. */
  #wish = 0;

  constructor(state: LabState, host: PlaybackHost = browserHost) {
    this.#state = state;
    this.#host = host;
  }

  /** Fetches and plays a task's recording. What is shown stays until it is there. */
  async play(task: TaskId): Promise<PlayResult> {
    const wish = ++this.#wish;
    this.problem = null;
    const { recording, problem } = await this.#load(task);
    if (wish !== this.#wish) return 'dropped';
    this.problem = problem;
    if (!recording) {
      this.close();
      return problem === null ? 'missing' : 'failed';
    }
    this.recording = recording;
    this.replay();
    return 'playing';
  }

  /** From the start. */
  replay(): void {
    const { recording } = this;
    if (!recording) return;
    this.#state.begin(recording.config);
    this.#position = 0;
    this.#show(1);
    if (this.#host.reducedMotion()) this.#show(recording.rows.length);
    else this.resume();
  }

  pause(): void {
    clearInterval(this.#timer);
    this.playing = false;
  }

  /** Goes on; from the start when it had come to its end. */
  resume(): void {
    const { recording } = this;
    if (!recording) return;
    if (this.finished) {
      this.replay();
      return;
    }
    this.pause();
    this.playing = true;
    const perTick = (recording.rows.length / LENGTH) * TICK;
    this.#timer = setInterval(() => {
      if (!this.#host.hidden()) this.#show(this.#position + perTick);
    }, TICK * 1000);
  }

  /** Ends it and clears what it showed; without a recording it only drops a download. */
  close(): void {
    this.#wish += 1;
    this.pause();
    if (this.recording === null) return;
    this.recording = null;
    this.#state.clear();
  }

  async #load(task: TaskId): Promise<{ recording: Recording | null; problem: string | null }> {
    if (task === 'own') return { recording: null, problem: null };
    try {
      const bytes = await this.#host.fetchRecording(task);
      if (!bytes || !isPacked(bytes)) return { recording: null, problem: null };
      return await readRecording(bytes);
    } catch {
      return { recording: null, problem: 'The recorded run could not be loaded.' };
    }
  }

  /** Shows rows, and the rollouts of their steps, up to a position. */
  #show(position: number): void {
    const { recording } = this;
    if (!recording) return;
    const { rows, rollouts } = recording;
    const from = Math.floor(this.#position);
    const to = Math.min(rows.length, Math.floor(position));
    this.#position = Math.min(rows.length, position);
    if (to === rows.length) this.pause();
    const fresh = rows.slice(from, to);
    if (fresh.length === 0) return;
    this.#state.receive({ type: 'metrics', rows: fresh, history: false });
    for (const rollout of rollouts) {
      const isFresh = fresh.some(({ step }) => step === rollout.step);
      if (isFresh) this.#state.receive({ type: 'rollout', rollout });
    }
  }
}
