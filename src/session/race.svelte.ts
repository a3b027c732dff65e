/**
 * A race of two methods: from the same base policy, seed and prompts, each with a trainer of its
 * own, step by step in turns, so that neither has the device while the other is measured. Both are
 * stored runs like any other. It draws nothing.
 */
import { parseConfig } from '../rft/config.ts';
import type { Method, RunConfig } from '../rft/configTable.ts';
import { recipeProblems } from '../tasks/recipeProblems.ts';
import { RaceLane, type SpawnTrainer } from './raceLane.svelte.ts';
import type { TrainerEvent } from './protocol.ts';
import { startTrainer } from './trainerClient.ts';

export type Methods = readonly [Method, Method];

/** The two recipes, the same but for the method; or the reason why they cannot race. */
export function raceConfigs(
  recipe: RunConfig,
  methods: Methods,
): { configs: readonly RunConfig[]; problem: null } | { configs: null; problem: string } {
  if (methods[0] === methods[1]) {
    return { configs: null, problem: 'Choose two different methods.' };
  }
  const configs: RunConfig[] = [];
  for (const method of methods) {
    const { config, problems } = parseConfig({ ...recipe, method });
    const [problem] = config ? recipeProblems(config) : problems;
    if (problem) return { configs: null, problem: problem.message };
    if (config) configs.push(config);
  }
  return { configs, problem: null };
}

/** Whose turn it is: of those with a step left, the one with the fewest, the first of equals. */
export function nextTurn(
  lanes: readonly { readonly over: boolean; readonly step: number }[],
): number | null {
  const open = lanes.map((_, i) => i).filter((i) => !lanes[i]!.over);
  const fewest = Math.min(...open.map((i) => lanes[i]!.step));
  return open.find((i) => lanes[i]!.step === fewest) ?? null;
}

/** What happens after the step at hand. */
type Wish = 'go' | 'pause' | 'stop';
export type RaceStatus = 'ready' | 'going' | 'paused' | 'over';

/** Events after which the list of stored runs may have changed. */
const STORED = new Set<TrainerEvent['type']>(['run', 'finished']);

export class Race {
  methods = $state.raw<Methods>(['rft', 'sft']);
  lanes = $state.raw<readonly RaceLane[]>([]);
  status = $state<RaceStatus>('ready');
  problem = $state<string | null>(null);
  readonly #spawn: SpawnTrainer;
  readonly #onStored: () => void;
  #wish = $state<Wish>('go');

  /** Asked to pause or stop; it happens when the step at hand is done. */
  readonly ending = $derived(this.status === 'going' && this.#wish !== 'go');
  readonly stopping = $derived(this.ending && this.#wish === 'stop');
  readonly busy = $derived(this.status === 'going' || this.status === 'paused');

  constructor(onStored: () => void, spawn: SpawnTrainer = startTrainer) {
    this.#onStored = onStored;
    this.#spawn = spawn;
  }

  choose(lane: 0 | 1, method: Method): void {
    const [first, second] = this.methods;
    this.methods = lane === 0 ? [method, second] : [first, method];
  }

  /** Two new runs with this recipe; resolves when the race pauses or is over. */
  async start(recipe: RunConfig): Promise<void> {
    if (this.busy) return;
    const { configs, problem } = raceConfigs(recipe, this.methods);
    this.problem = problem;
    if (!configs) return;
    const tell = ({ type }: TrainerEvent): void => {
      if (STORED.has(type)) this.#onStored();
      if (type === 'failure') this.#leaveSilent();
    };
    this.lanes = configs.map((config) => new RaceLane(config, this.#spawn, tell));
    await this.#drive();
  }

  async proceed(): Promise<void> {
    if (this.status === 'paused') await this.#drive();
  }

  pause(): void {
    this.#end('pause');
  }

  /** Ends both runs where they are, with a checkpoint each. */
  async stop(): Promise<void> {
    if (this.status === 'paused') await this.#finish();
    else this.#end('stop');
  }

  #end(wish: Wish): void {
    if (this.status !== 'going') return;
    this.#wish = wish;
    this.#leaveSilent();
  }

  /** The end of a step that may never come is not waited for by a race that is to stop. */
  #leaveSilent(): void {
    if (!this.stopping) return;
    for (const lane of this.lanes) if (lane.silent) lane.abandon();
  }

  #wishIs(wish: Wish): boolean {
    return this.#wish === wish;
  }

  /** Turns until the wish, a failure or the end says otherwise. */
  async #drive(): Promise<void> {
    this.#wish = 'go';
    this.status = 'going';
    this.problem = null;
    try {
      let lane = this.#next();
      while (lane && this.#wishIs('go')) {
        await lane.advance();
        if (lane.state.failure) this.#halt(lane);
        lane = this.#next();
      }
      if (lane && this.#wishIs('pause')) this.status = 'paused';
      else await this.#finish();
    } catch (error) {
      this.problem ??= error instanceof Error ? error.message : String(error);
      await this.#finish();
    }
  }

  #next(): RaceLane | null {
    const turn = nextTurn(this.lanes.map(({ over, state }) => ({ over, step: state.step })));
    return turn === null ? null : (this.lanes[turn] ?? null);
  }

  /** What went wrong is told; a run that only waits goes on with the race, a failed one ends it. */
  #halt({ state }: RaceLane): void {
    this.problem = state.failure?.message ?? null;
    this.#wish = state.trainer === 'failed' ? 'stop' : 'pause';
  }

  async #finish(): Promise<void> {
    for (const lane of this.lanes) {
      try {
        await lane.stop();
      } catch (error) {
        this.problem ??= error instanceof Error ? error.message : String(error);
      }
      lane.close();
    }
    this.status = 'over';
  }
}
