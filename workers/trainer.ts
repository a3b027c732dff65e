/**
 * The trainer's state machine: idle -> loading -> running <-> paused -> idle, and failed from
 * anywhere. It decides when the loop of runLoop.ts moves and tells the page. It knows no DOM and
 * no worker: the host (browser worker or Node) brings backend, policies, storage and a clock.
 */
import type { AskedRow } from '../src/rft/asked.ts';
import { CodedError } from '../models/errors.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { disposeLearner, type Learner } from '../src/rft/learner.ts';
import type { CodeError, CodeProgram, RewardRunner } from '../src/graders/codeReward.ts';
import type { Changeable } from '../src/rft/changeable.ts';
import type {
  AskRequest,
  DryRun,
  Failure,
  Measured,
  OwnTry,
  StepOptions,
  Told,
  InspectedGroup,
  TrainerApi,
  TrainerEvent,
  TrainerState,
} from '../src/session/protocol.ts';
import { ask } from './ask.ts';
import { checkDevice } from './deviceCheck.ts';
import { dryRun } from './dryRun.ts';
import { toFailure } from './failure.ts';
import { measure } from './measure.ts';
import { openFork, openFresh, reopen, type Opening } from './openRun.ts';
import { TrainerDevice, type DeviceHost, type ProgressListener } from './trainerDevice.ts';
import type { ActiveRun, BasePolicy, TrainerStore } from './activeRun.ts';
import {
  advance,
  changedRecipe,
  evaluateBase,
  isDone,
  saveRun,
  takeChange,
  type LoopHost,
} from './runLoop.ts';

export interface TrainerHost extends DeviceHost {
  loadPolicy(name: string, onProgress: ProgressListener): Promise<BasePolicy>;
  openStore(): Promise<TrainerStore>;
  /**
   * Becomes the run's only writer until the returned function is called; rejects with CodedError
   * 'run-elsewhere'. Absent where nobody else can write.
   */
  lockRun?(runId: string): Promise<() => void>;
  /** The sandbox for reward code; started with the first use of it. */
  rewardRunner: RewardRunner | null;
  newRunId(): string;
  now(): number;
}

/** What the loop is to do next; it looks whenever a step is done. */
type Wish = 'go' | 'one' | 'pause' | 'stop';

export interface Trainer extends Omit<TrainerApi, 'open'> {
  /** As TrainerApi's; the thread that it runs in is the worker's. */
  open(listener: (event: TrainerEvent) => void): Promise<void>;
  /** The learner of the run at hand, or of the last one until other work begins; null when none. */
  learner(): Learner | null;
  /** Resolves when the loop has come to rest. */
  settled(): Promise<void>;
}

const isStorageFailure = (error: unknown): boolean =>
  error instanceof CodedError && error.code.startsWith('storage-');

class TrainerMachine implements Trainer {
  readonly #host: TrainerHost;
  readonly #device: TrainerDevice;
  #emit: (event: TrainerEvent) => void = () => undefined;
  #state: TrainerState = 'idle';
  #wish: Wish = 'pause';
  /** Whether coming to rest is worth a checkpoint. */
  #saveAtRest = true;
  #loop: Promise<void> = Promise.resolve();
  #store: Promise<TrainerStore> | null = null;
  #run: ActiveRun | null = null;
  /** Gives the run at hand free for other tabs. */
  #unlock: () => void = () => undefined;
  /** Place of the group of the next step that goes under the magnifier. */
  #inspect: InspectedGroup | null = null;
  #told: Told = { alternatives: false, credit: false };
  /** Work beside a run at rest, a dry run say; no run moves, ends or loads while it lasts. */
  #aside: Promise<void> = Promise.resolve();

  constructor(host: TrainerHost) {
    this.#host = host;
    this.#device = new TrainerDevice(host, (error) => {
      // A loop at rest would not notice by itself.
      if (this.#state === 'paused') this.#fail(error);
    });
  }

  open(listener: (event: TrainerEvent) => void): Promise<void> {
    this.#emit = listener;
    this.#emit({ type: 'state', state: this.#state });
    return Promise.resolve();
  }

  async start(config: RunConfig): Promise<string> {
    const id = await this.#begin(config);
    this.#go('go');
    return id;
  }

  async startPaused(config: RunConfig): Promise<string> {
    const id = await this.#begin(config);
    this.#go('one');
    return id;
  }

  async resume(
    runId: string,
    options: { checkpointId?: string; paused?: boolean } = {},
  ): Promise<void> {
    this.#require('resume a run', 'idle', 'paused', 'failed');
    await this.#loading((opening) => reopen(opening, runId, options.checkpointId));
    if (options.paused) this.#setState('paused');
    else this.#go('go');
  }

  async fork(runId: string, checkpointId: string, config: RunConfig): Promise<string> {
    this.#require('fork a run', 'idle', 'paused', 'failed');
    await this.#loading((opening) => openFork(opening, runId, checkpointId, config));
    this.#go('go');
    return this.#active().info.id;
  }

  async pause(): Promise<void> {
    this.#require('pause', 'running');
    this.#saveAtRest = true;
    this.#wish = 'pause';
    await this.#loop;
  }

  async proceed(): Promise<void> {
    await this.#aside;
    this.#require('go on', 'paused');
    this.#go('go');
  }

  tell(what: Told): Promise<void> {
    this.#told = what;
    return Promise.resolve();
  }

  async step({ inspect, save = true }: StepOptions = {}): Promise<void> {
    await this.#aside;
    this.#require('make a step', 'paused');
    this.#inspect = inspect ?? null;
    this.#go('one', save);
    await this.#loop;
  }

  async stop(): Promise<void> {
    await this.#aside;
    this.#require('stop', 'running', 'paused');
    if (this.#state === 'paused') this.#go('stop');
    else this.#wish = 'stop';
    await this.#loop;
  }

  async change(values: Changeable): Promise<void> {
    await Promise.resolve(); // so that a refusal is a rejection, as everywhere else
    this.#require('change a run', 'running', 'paused');
    const run = this.#active();
    // The step under way is done with the old settings.
    if (run.stepAtHand >= run.learner.config.maxSteps) {
      throw new CodedError('bad-change', 'No step is left for it to take effect.');
    }
    const change = { ...run.change, ...values };
    changedRecipe(run, change); // throws what is wrong with it
    run.change = change;
    if (this.#state === 'paused') await this.#keepChange(run);
  }

  /** Between two steps a change is part of the run at once, and of its newest checkpoint. */
  #keepChange(run: ActiveRun): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== 'paused') return; // the step under way is followed by one that takes it
      await this.#storeRest(await this.#loopHost(), run);
    });
  }

  dryRun(config: RunConfig, own: readonly OwnTry[]): Promise<DryRun> {
    return this.#beside('make a dry run', async () => {
      const { base } = await this.#prepare(config.policy, config.device);
      return dryRun(base, config, own, this.#host.rewardRunner);
    });
  }

  measure(config: RunConfig): Promise<Measured> {
    return this.#beside('measure the device', async () => {
      const { base } = await this.#prepare(config.policy, config.device);
      return measure(base, config, this.#host.rewardRunner, () => performance.now());
    });
  }

  ask(request: AskRequest): Promise<AskedRow[]> {
    return this.#beside('ask a policy', async () => {
      const { base, store } = await this.#prepare(request.who.base, this.#device.wanted);
      return ask(base, store, request);
    });
  }

  async checkReward(program: CodeProgram): Promise<CodeError | null> {
    const { rewardRunner } = this.#host;
    if (!rewardRunner) throw new CodedError('no-sandbox', 'Reward code cannot be run here.');
    return rewardRunner.check(program);
  }

  learner(): Learner | null {
    return this.#run?.learner ?? null;
  }

  settled(): Promise<void> {
    return this.#loop;
  }

  #setState(state: TrainerState): void {
    this.#state = state;
    this.#emit({ type: 'state', state });
  }

  #require(action: string, ...allowed: TrainerState[]): void {
    if (allowed.includes(this.#state)) return;
    throw new CodedError('wrong-state', `Cannot ${action} while the trainer is ${this.#state}.`);
  }

  #active(): ActiveRun {
    if (!this.#run) throw new Error('internal: no run at hand');
    return this.#run;
  }

  #openStore(): Promise<TrainerStore> {
    this.#store ??= this.#host.openStore().catch((error: unknown) => {
      this.#store = null; // what keeps it from opening may pass
      throw error;
    });
    return this.#store;
  }

  async #loopHost(): Promise<LoopHost> {
    return {
      emit: (event) => {
        this.#emit(event);
      },
      store: await this.#openStore(),
      now: () => this.#host.now(),
      checkTrouble: () => this.#device.checkTrouble(),
    };
  }

  /** Backend, base policy and storage, all at the same time. */
  async #prepare(policyName: string, device: RunConfig['device']) {
    const onProgress: ProgressListener = (what, loaded, total) => {
      this.#emit({ type: 'progress', what, loaded, total });
    };
    const [base, started, store] = await Promise.all([
      this.#host.loadPolicy(policyName, onProgress),
      this.#device.start(device, this.#run !== null, onProgress),
      this.#openStore(),
    ]);
    const backend = await checkDevice(started, base.folder.config, {
      store,
      checkTrouble: () => this.#device.checkTrouble(),
      warn: (error) => this.#emit({ type: 'failure', failure: toFailure(error) }),
    });
    this.#emit({ type: 'backend', info: backend }); // its notice is of this policy
    return { base, backend, store };
  }

  /** Opens a run in state `loading`; a failure is both told and thrown. */
  async #loading(open: (opening: Opening) => Promise<void>): Promise<void> {
    this.#setState('loading');
    try {
      await this.#aside; // its work is on the device that is about to be given back
      this.#device.leaveTrouble();
      this.#release();
      await open(await this.#opening());
    } catch (cause) {
      const error = await this.#device.causeOf(cause);
      this.#release();
      this.#store = null;
      this.#emit({ type: 'failure', failure: toFailure(error) });
      this.#setState('failed');
      throw error;
    }
  }

  /** One piece of work after the other, and after it whatever run waits; a failure is the asker's. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#aside.then(work);
    this.#aside = result.then(
      () => undefined,
      () => undefined, // whoever asked is told
    );
    return result;
  }

  /** Work on the device while no run moves; what failed because of the device says so. */
  #beside<T>(action: string, work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#require(action, 'idle', 'paused', 'failed');
      this.#device.leaveTrouble();
      if (this.#state !== 'paused') this.#release(); // a run that is over keeps no device
      try {
        const value = await work();
        await this.#device.checkTrouble(); // what a device in trouble says is void
        return value;
      } catch (error) {
        throw await this.#device.causeOf(error);
      }
    });
  }

  #release(): void {
    if (this.#run) disposeLearner(this.#run.learner);
    this.#run = null;
    this.#letGo();
  }

  /** Nothing more will be written to the run. */
  #letGo(): void {
    this.#unlock();
    this.#unlock = () => undefined;
  }

  /** What a run is opened with. */
  async #opening(): Promise<Opening> {
    const { rewardRunner } = this.#host;
    return {
      ...(await this.#loopHost()),
      prepare: (policy, device) => this.#prepare(policy, device),
      lock: async (runId) => {
        this.#unlock = (await this.#host.lockRun?.(runId)) ?? this.#unlock;
      },
      take: (run) => (this.#run = run),
      newRunId: () => this.#host.newRunId(),
      rewardRunner,
    };
  }

  async #begin(config: RunConfig): Promise<string> {
    this.#require('start a run', 'idle', 'paused', 'failed');
    await this.#loading((opening) => openFresh(opening, config));
    return this.#active().info.id;
  }

  #go(wish: Wish, saveAtRest = true): void {
    this.#wish = wish;
    this.#saveAtRest = saveAtRest;
    this.#loop = this.#drive();
  }

  #stopWanted(): boolean {
    return this.#wish === 'stop';
  }

  /** Moves the run until the wish or the end of the run says otherwise. */
  async #drive(): Promise<void> {
    const run = this.#active();
    const givesUp = this.#stopWanted(); // at rest already: it has been said what cannot be stored
    try {
      this.#setState('running');
      const host = await this.#loopHost();
      if (!run.evaluatedBase) await evaluateBase(host, run);
      let saved = true;
      while (!isDone(run) && (this.#wish === 'go' || this.#wish === 'one')) {
        if (this.#wish === 'one') this.#wish = 'pause';
        saved = await this.#saving(async () => {
          const looked = { ...this.#told, inspect: this.#inspect };
          this.#inspect = null;
          const reason = await advance(host, run, looked);
          if (reason) this.#pauseFor(reason);
        });
        await this.#host.breathe();
      }
      if (saved) saved = await this.#storeRest(host, run);
      // Asked again: Stop may have been pressed while the checkpoint was written. Where there was no
      // room for it the run rests: room can be made.
      const over = givesUp || (saved && (this.#stopWanted() || isDone(run)));
      if (over) this.#letGo();
      else this.#wish = 'pause'; // a Stop for which there was no room is over
      this.#setState(over ? 'idle' : 'paused');
      if (over) this.#emit({ type: 'finished', runId: run.info.id });
    } catch (error) {
      this.#fail(await this.#device.causeOf(error));
    }
  }

  /** Stores what a run that comes to rest has to store. False where there was no room. */
  async #storeRest(host: LoopHost, run: ActiveRun): Promise<boolean> {
    // Again: another change may have come while the checkpoint was written.
    while (this.#owes(host, run)) {
      const reason = this.#stopWanted() || isDone(run) ? 'end' : 'pause';
      if (!(await this.#saving(() => saveRun(host, run, reason)))) return false;
    }
    return true;
  }

  /** A change that was asked for is part of the run from here on, so it belongs in a checkpoint. */
  #owes(host: LoopHost, run: ActiveRun): boolean {
    takeChange(host, run);
    const worthSaving = this.#saveAtRest || this.#stopWanted() || isDone(run);
    return run.changeUnsaved || (worthSaving && run.lastSavedStep !== run.learner.step);
  }

  /** A full disk loses nothing in memory: the run waits, and says so. False when it was full. */
  async #saving(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isStorageFailure(error)) throw error;
      this.#pauseFor(toFailure(error));
      return false;
    }
  }

  #pauseFor(failure: Failure): void {
    this.#emit({ type: 'failure', failure });
    if (this.#wish !== 'stop') this.#wish = 'pause';
  }

  #fail(error: unknown): void {
    this.#letGo();
    const failure = toFailure(error);
    const step = this.#run?.lastSavedStep ?? null;
    const kept =
      step === null
        ? 'No checkpoint had been written yet.'
        : `The checkpoint of step ${String(step)} is kept.`;
    this.#emit({ type: 'failure', failure: { ...failure, message: `${failure.message} ${kept}` } });
    this.#setState('failed');
  }
}

export function createTrainer(host: TrainerHost): Trainer {
  return new TrainerMachine(host);
}
