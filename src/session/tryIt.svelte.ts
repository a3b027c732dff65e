/**
 * Trying a run's checkpoint against its base policy: which one, on which prompts, greedy or
 * sampled, and what both answered. It asks through the Lab's trainer and judges answers with the
 * task, where the prompt is one whose answer is known.
 */
import { CodedError } from '../../models/errors.ts';
import type { AskedRow } from '../rft/asked.ts';
import { heldOutSet } from '../rft/dataset.ts';
import { openStore, type RunStore } from '../storage/runStore.ts';
import { taskOf } from '../tasks/index.ts';
import type { Example, Task } from '../tasks/task.ts';
import { hasShape, promptShape } from './promptShape.ts';
import type { Asked, AskRequest, CheckpointInfo, RunInfo } from './protocol.ts';

/** Held-out prompts of a batch, and samples of a single prompt. */
export const BATCH = 16;
export const SAMPLES = 4;

/** One prompt's answers side by side. */
export interface Duel {
  prompt: string;
  /** The right answer; null where it is not known. */
  answer: string | null;
  base: Judged;
  tuned: Judged;
  /** Place of the first token in which they differ; null: the same text. */
  firstDifference: number | null;
}

export interface Judged extends AskedRow {
  /** Null where the right answer is not known. */
  correct: boolean | null;
}

/** Whose answers were asked for, and how. */
export interface Question {
  run: RunInfo;
  checkpoint: CheckpointInfo;
  sampled: boolean;
}

/** The first place in which two token lists differ; null where they are the same. */
export function firstDifference(
  a: readonly { text: string }[],
  b: readonly { text: string }[],
): number | null {
  const longest = Math.max(a.length, b.length);
  const at = Array.from({ length: longest }).findIndex((_, i) => a[i]?.text !== b[i]?.text);
  return at < 0 ? null : at;
}

function judged(task: Task, example: Example | null, row: AskedRow): Judged {
  const { completion, ended } = row;
  return { ...row, correct: example && task.isCorrect({ example, completion, ended }) };
}

/** A prompt to be asked, with its example where the right answer is known. */
interface Wanted {
  prompt: string;
  known: Example | null;
}

type Ask = (request: AskRequest) => Promise<AskedRow[]>;
type Store = Pick<RunStore, 'listCheckpoints' | 'close'>;

export class TryIt {
  readonly #ask: Ask;
  readonly #open: () => Promise<Store>;
  /** The run whose checkpoints are offered. */
  run = $state.raw<RunInfo | null>(null);
  checkpoints = $state.raw<readonly CheckpointInfo[]>([]);
  checkpointId = $state<string | null>(null);
  prompt = $state('');
  sampled = $state(false);
  busy = $state(false);
  problem = $state<string | null>(null);
  duels = $state.raw<readonly Duel[]>([]);
  /** Whose the duels are; null without any. They stand while another choice is made. */
  answered = $state.raw<Question | null>(null);
  /** The answers that came last were no longer of what was chosen, and are not shown. */
  dropped = $state(false);
  /** Each press draws anew, and the same presses draw the same. */
  #round = 0;

  readonly task = $derived(this.run && taskOf(this.run.config));
  /** Prompts that were never trained on, with their answers. */
  readonly heldOut = $derived.by((): readonly Example[] => {
    const { run } = this;
    if (!run) return [];
    return heldOutSet(taskOf(run.config), { ...run.config, numEvalPrompts: BATCH });
  });
  /** Their prompts, each once: a small task draws some of them again. */
  readonly offered = $derived(
    this.heldOut.map(({ prompt }) => prompt).filter((prompt, i, all) => all.indexOf(prompt) === i),
  );
  readonly shape = $derived(promptShape(this.offered));
  /** What is typed does not look like the task's prompts. */
  readonly misshapen = $derived(this.prompt !== '' && !hasShape(this.shape, this.prompt));
  readonly ready = $derived(this.checkpointId !== null && !this.busy);
  /** The duels are of another choice than the one made now. */
  readonly moved = $derived(this.answered !== null && !this.#isChosen(this.answered));

  constructor(ask: Ask, open: () => Promise<Store> = openStore) {
    this.#ask = ask;
    this.#open = open;
  }

  /** Offers a run's checkpoints, the newest chosen. */
  choose(run: RunInfo): Promise<void> {
    this.#leave();
    return this.#offer(run);
  }

  /**
   * The stored runs as they are now, newest first: the chosen one may have gone on, or be gone, and
   * then the newest takes its place.
   */
  async follow(runs: readonly RunInfo[]): Promise<void> {
    const { run } = this;
    const now = runs.find(({ id }) => id === run?.id);
    if (!now) {
      const [newest] = runs;
      this.run = null;
      this.#leave();
      if (newest) await this.#offer(newest);
    } else if (now.updatedAt !== run?.updatedAt || now.bytes !== run.bytes) {
      await this.#offer(now);
    }
  }

  /** What was told of the run chosen before. */
  #leave(): void {
    this.checkpoints = [];
    this.checkpointId = null;
    this.duels = [];
    this.answered = null;
    this.dropped = false;
    this.problem = null;
  }

  #isChosen({ run, checkpoint, sampled }: Question): boolean {
    return (
      this.run?.id === run.id && this.checkpointId === checkpoint.id && this.sampled === sampled
    );
  }

  /** Reads a run's checkpoints; one that was chosen stays so, but the newest stays the newest. */
  async #offer(run: RunInfo): Promise<void> {
    this.run = run;
    try {
      const store = await this.#open();
      const found = await store.listCheckpoints(run.id);
      store.close();
      if (this.run !== run) return;
      const older = this.checkpointId !== this.checkpoints[0]?.id;
      const kept = older ? found.find(({ id }) => id === this.checkpointId) : undefined;
      this.checkpoints = found;
      this.checkpointId = (kept ?? found[0])?.id ?? null;
      if (this.prompt === '') this.prompt = this.offered[0] ?? '';
      this.problem = found.length === 0 ? 'This run has no checkpoint to ask.' : null;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  /** The prompt in the field: once greedily, or several samples. */
  askOne(): Promise<void> {
    const known = this.heldOut.find((example) => example.prompt === this.prompt) ?? null;
    const times = this.sampled ? SAMPLES : 1;
    return this.#compare(Array.from({ length: times }, () => ({ prompt: this.prompt, known })));
  }

  /** The held-out prompts, one answer each. */
  askBatch(): Promise<void> {
    return this.#compare(this.heldOut.map((known) => ({ prompt: known.prompt, known })));
  }

  async #compare(wanted: readonly Wanted[]): Promise<void> {
    const { run, task, sampled } = this;
    const checkpoint = this.checkpoints.find(({ id }) => id === this.checkpointId);
    if (!run || !checkpoint || !task || this.busy) return;
    const question = { run, checkpoint, sampled };
    this.busy = true;
    this.problem = null;
    this.dropped = false;
    try {
      const duels = await this.#duels(question, task, wanted);
      if (this.#isChosen(question)) {
        this.duels = duels;
        this.answered = question;
      } else {
        this.dropped = true;
      }
    } catch (error) {
      const cancelled = error instanceof CodedError && error.code === 'worker-closed';
      if (cancelled) return;
      if (this.#isChosen(question)) {
        this.problem = error instanceof Error ? error.message : String(error);
      } else {
        this.dropped = true; // what went wrong is nothing of what is chosen now
      }
    } finally {
      this.busy = false;
    }
  }

  /** What base and checkpoint answer to the prompts, judged. */
  async #duels(
    { run, checkpoint, sampled }: Question,
    task: Task,
    wanted: readonly Wanted[],
  ): Promise<Duel[]> {
    const sample = sampled ? { seed: run.config.seed, round: this.#round++ } : null;
    const base = run.config.policy;
    const ask = (who: Asked): Promise<AskedRow[]> =>
      this.#ask({
        who,
        prompts: wanted.map(({ prompt }) => prompt),
        maxNewTokens: run.config.maxCompletionLength,
        sample,
      });
    const ofBase = await ask({ base, runId: null, checkpointId: null });
    const ofRun = await ask({ base, runId: run.id, checkpointId: checkpoint.id });
    return wanted.map(({ prompt, known }, i): Duel => ({
      prompt,
      answer: known?.answer ?? null,
      base: judged(task, known, ofBase[i]!),
      tuned: judged(task, known, ofRun[i]!),
      firstDifference: firstDifference(ofBase[i]!.tokens, ofRun[i]!.tokens),
    }));
  }
}
