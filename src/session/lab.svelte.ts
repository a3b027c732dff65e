/**
 * The Lab: what the user may do, and how it reaches the trainer. State comes back through events
 * into `state`; nothing is assumed to have happened before the trainer says so.
 */
import { changeableFields } from '../rft/changeable.ts';
import type { RunConfig } from '../rft/configTable.ts';
import type { CodeError, CodeProgram } from '../graders/codeReward.ts';
import { rewardNames } from '../rft/rewardSpec.ts';
import { decodeLink } from '../rft/link.ts';
import { receiptOf } from '../rft/receipt.ts';
import { configAt } from '../rft/recipeChange.ts';
import type { TaskId } from '../rft/taskRecipes.ts';
import { taskOf } from '../tasks/index.ts';
import type { Task } from '../tasks/task.ts';
import { allowed } from './allowed.ts';
import { Claim } from './claim.svelte.ts';
import { CodeConsent } from './codeConsent.svelte.ts';
import { Compare } from './compare.svelte.ts';
import { deviceClass } from './deviceClass.ts';
import { remedied } from './diagnoses/applied.ts';
import { DryRuns } from './dryRuns.svelte.ts';
import { LabState } from './labState.svelte.ts';
import { LiveChanges } from './liveChanges.svelte.ts';
import { KeptCheckpoints } from './keptCheckpoints.svelte.ts';
import { OtherTab } from './otherTab.svelte.ts';
import { OwnData } from './ownData.svelte.ts';
import { Measurements } from './measurements.svelte.ts';
import { Playback } from './playback.svelte.ts';
import type { CheckpointInfo, InspectedGroup, OwnTry, RunInfo, TrainerEvent } from './protocol.ts';
import { Race } from './race.svelte.ts';
import { Recipe } from './recipe.svelte.ts';
import { RunList } from './runList.svelte.ts';
import { unusedSeed } from './seedBands.ts';
import { sharedAs, type Shared } from './shared.ts';
import { TryIt } from './tryIt.svelte.ts';
import type { TrainerClient } from './trainerClient.ts';
import { asFailure, TrainerLine, type Command } from './trainerLine.svelte.ts';

/** Events after which the list of stored runs may have changed. */
const CHANGES_RUNS = new Set<TrainerEvent['type']>(['run', 'finished']);

/** Failures after which a recorded run is all that can be shown here. */
const NO_BACKEND = new Set(['no-webgpu', 'no-wasm', 'internal']);

export class Lab {
  readonly state = new LabState();
  readonly line = new TrainerLine(this.state, (event) => this.#receive(event));
  readonly recipe = new Recipe(deviceClass());
  readonly ownData = new OwnData(this.recipe);
  readonly changes = new LiveChanges(deviceClass());
  readonly consent = new CodeConsent();
  readonly dry = new DryRuns();
  readonly measurements = new Measurements();
  readonly tryIt = new TryIt((request) => this.line.trainer.ask(request));
  readonly runs = new RunList(undefined, (runs) => this.consent.meetImported(runs));
  readonly checkpoints = new KeptCheckpoints(() => this.runs.refresh());
  readonly otherTab = new OtherTab(
    (event) => this.#receive(event),
    (runId) => this.runs.metrics(runId),
  );
  readonly claim = new Claim(this.state);
  readonly compare = new Compare(this);
  readonly race = new Race(() => void this.runs.refresh());
  readonly playback = new Playback(this.state);
  /** Why the opened link could not be used. */
  linkProblem = $state<string | null>(null);
  /** Recordings play by themselves until there was a live run or the visitor closed one. */
  #greets = true;
  /** The run's changes that the form has been given, as JSON. */
  #history = '[]';

  /** True when what is shown is a run of this page's own, not a recorded one. */
  readonly live = $derived(this.state.config !== null && this.playback.recording === null);
  /** The recipe of the run that is shown; before the first run, the one in the form. */
  readonly shown = $derived<RunConfig>(
    this.state.config ?? this.recipe.config ?? this.recipe.baseline,
  );
  readonly shownTask = $derived<Task>(taskOf(this.shown));
  /** What Share shares: the run in progress, else the form; null while the form has a problem. */
  readonly shareable = $derived(this.state.busy ? this.state.config : this.recipe.config);
  /** Of the run that is shown, once it has ended and while the form still holds its recipe. */
  readonly receipt = $derived.by(() => {
    const { run, rows } = this.state;
    const unchanged = JSON.stringify(run?.config) === JSON.stringify(this.recipe.config);
    return this.live && run !== null && unchanged ? receiptOf(run, rows) : null;
  });
  /** Of the run that is shown, also what was stored of it before. */
  readonly checkpointSteps = $derived(
    this.checkpoints.stepsOf(this.state.run?.id, this.state.checkpointSteps),
  );
  /** Every reward that the run has at some step. */
  readonly rewardNames = $derived(rewardNames(this.shownTask, this.shown));
  /** What a dry run is made of: the run's edits while there is one, else the form. */
  readonly #dryRecipe = $derived(this.state.busy ? this.changes.edits.config : this.recipe.config);
  /** Runs that this tab's own trainers have at hand. */
  readonly #own = $derived.by(() => {
    const lab = this.state.busy && !this.otherTab.watching ? [this.state.run?.id] : [];
    const race = this.race.busy ? this.race.lanes.map(({ state }) => state.run?.id) : [];
    return [...lab, ...race];
  });
  /** No run can start here: the recorded one is worth offering. */
  readonly canOnlyWatch = $derived(
    this.state.trainer === 'failed' &&
      this.state.rows.length === 0 &&
      NO_BACKEND.has(this.state.failure?.code ?? ''),
  );

  readonly can = $derived(
    allowed({
      trainer: this.state.trainer,
      pausing: this.state.pausing,
      stopping: this.state.stopping,
      method: this.state.config?.method ?? null,
      watching: this.otherTab.watching,
      hasRecipe: this.recipe.config !== null,
      canTry: this.#dryRecipe !== null,
      trying: this.dry.busy,
      racing: this.race.busy,
      measuring: this.measurements.busy,
    }),
  );

  /** The page opens: a link's recipe, or on a first visit the recorded run, which plays at once. */
  async open(fragment: string): Promise<void> {
    const plain = fragment.replace('#', '') === '';
    this.playback.coming = plain && !this.runs.hadRuns;
    this.openLink(fragment);
    await this.runs.refresh();
    if (plain && this.runs.runs.length === 0) await this.#greet();
    this.playback.coming = false;
  }

  /** Another task with its own recipe; before any live run its recorded run plays. */
  chooseTask(task: TaskId): void {
    this.recipe.chooseTask(task);
    if (task === 'own') void this.ownData.recall();
    void this.#greet();
  }

  /** Plays the task's recorded run because the visitor asked for it. */
  async watch(): Promise<void> {
    if (this.state.busy) return;
    this.dismissFailure();
    const result = await this.playback.play(this.recipe.taskId);
    if (result === 'missing') {
      this.playback.problem = 'No run of this task has been recorded yet.';
    }
  }

  /** Ends the recorded run; none plays by itself any more. */
  stopWatching(): void {
    this.#greets = false;
    this.playback.close();
  }

  /** The recorded run's recipe, on this device. */
  goLive(): void {
    const { recording } = this.playback;
    if (recording) this.#load(recording.config);
    this.go();
  }

  /** Runs, or goes on. */
  go(): void {
    if (this.state.trainer === 'paused') this.#goOn((trainer) => trainer.proceed());
    else this.#begin((trainer, config) => trainer.start(config));
  }

  pause(): void {
    this.state.pausing = true;
    this.line.send((trainer) => trainer.pause());
  }

  step(): void {
    if (this.state.trainer === 'paused') this.#goOn((trainer) => trainer.step());
    else this.#begin((trainer, config) => trainer.startPaused(config));
  }

  /** One step with this group under the magnifier; the step stays the same. */
  inspect(group: InspectedGroup): void {
    if (this.can.inspect) this.#goOn((trainer) => trainer.step({ inspect: group }));
  }

  /** Ends the run with a checkpoint; while loading there is nothing to keep. */
  stop(): void {
    if (this.state.trainer === 'loading') {
      this.line.close();
      return;
    }
    this.state.stopping = true;
    this.line.send((trainer) => trainer.stop());
  }

  /** Sends what was edited of the run at hand; it takes effect at its next step. */
  applyChanges(): void {
    const { values, edits } = this.changes;
    if (values === null || edits.config === null || Object.keys(values).length === 0) return;
    this.consent.before(edits.config, () => {
      this.changes.sent = true;
      this.changes.problem = null;
      void this.#change(values).then((refusal) => {
        if (refusal !== null) this.changes.refused(refusal);
      });
    });
  }

  /** Why the trainer would not have a change; null: it took it. Either way the run goes on. */
  async #change(values: Partial<RunConfig>): Promise<string | null> {
    try {
      await this.line.trainer.change(values);
      return null;
    } catch (error) {
      return asFailure(error).message;
    }
  }

  /** What was edited of a run that has ended goes into the recipe of the next one. */
  keepChanges(): void {
    const { edits, values } = this.changes;
    for (const name of changeableFields) {
      if (values?.[name] !== undefined) this.recipe.set(name, edits.draft[name]);
    }
    this.changes.discard();
  }

  /**
   * What a diagnosis suggests: from the next step on, or as the recipe of a new run. Resolves to
   * the reason why the run at hand cannot have it, or null; what the form has sent stays sent.
   */
  readonly applyRemedy = async (
    changes: Partial<RunConfig>,
    live: boolean,
  ): Promise<string | null> => {
    if (live && this.can.change) return this.#change(changes);
    const config = remedied(this.shown, this.state.step, changes);
    if (config !== null) this.#load(config);
    return null;
  };

  /** Runs again what the opened link claims. */
  verify(): void {
    const { receipt } = this.claim;
    if (receipt === null || !this.can.verify) return;
    this.#load(receipt.config);
    this.go();
  }

  /** Scores the base policy's samples, the gold answers and the user's own texts. */
  dryRun(own: readonly OwnTry[] = []): void {
    const config = this.#dryRecipe;
    if (config === null || !this.can.dryRun) return;
    const now = this.dry.recipeFor(config, own);
    this.consent.before(now, () => void this.dry.show(now, this.line.trainer.dryRun(now, own)));
  }

  /** Measures how long the recipe's steps take on this device. */
  measure(): void {
    const { config } = this.recipe;
    if (config !== null && this.can.measure) {
      this.consent.before(config, () => void this.#measure(config));
    }
  }

  /** Ends a dry run, a measurement or an answer under way, with the worker; another starts when needed. */
  cancel(): void {
    if (!this.can.cancel) return;
    const { trainer } = this.state;
    this.dry.cancel();
    this.line.close();
    this.state.trainer = trainer; // what is shown of a run stays as it is
  }

  /** What is wrong with reward code; null: nothing. */
  async checkReward(program: CodeProgram): Promise<CodeError | null> {
    this.consent.require(program.source);
    return this.line.trainer.checkReward(program);
  }

  /** Two methods with the recipe in the form, in turns. */
  startRace(): void {
    const { config } = this.recipe;
    if (config === null || !this.can.race) return;
    this.consent.before(config, () => void this.race.start(config));
  }

  /** Goes on with a stored run from its newest checkpoint. */
  resume(run: RunInfo): void {
    this.#load(run.config);
    this.#start(run.config, (trainer) => {
      this.state.run = run;
      return trainer.resume(run.id);
    });
  }

  /**
   * Goes on from an older checkpoint of a run: as a branch of its own, so that the run keeps what
   * came after it.
   */
  rewind(run: RunInfo, { id, step }: CheckpointInfo): void {
    this.fork(run, id, configAt(run.config, step + 1));
  }

  /** Whether a trainer of this tab has the run at hand. */
  holds({ id }: RunInfo): boolean {
    return this.#own.includes(id);
  }

  /** Whether another tab is running the run. */
  elsewhere(run: RunInfo): boolean {
    return this.runs.atHand.includes(run.id) && !this.holds(run);
  }

  /** Shows a run that another tab is running, as it goes. */
  watchTab(run: RunInfo): void {
    if (this.state.trainer === 'failed') this.line.close();
    this.#load(run.config);
    this.#showLive(run.config);
    this.state.run = run;
    this.otherTab.begin(run);
  }

  /** Watches no more; nothing happens to the run. */
  leaveTab(): void {
    this.otherTab.end();
    this.state.receive({ type: 'state', state: 'idle' });
    this.state.clear();
  }

  /** Goes on here with the run that the other tab has let go of. */
  async takeOver(): Promise<void> {
    const watched = this.otherTab.run?.id;
    await this.runs.refresh();
    const run = this.runs.runs.find(({ id }) => id === watched);
    if (run) this.resume(run);
    else this.leaveTab();
  }

  /** Shows what is stored of a run, without a trainer: its metrics; its rollouts are not kept. */
  async openRun(run: RunInfo): Promise<void> {
    if (!this.can.take) return;
    if (this.state.trainer === 'failed') this.line.close();
    this.#load(run.config);
    this.#showLive(run.config);
    this.#receive({ type: 'run', run });
    const rows = await this.runs.metrics(run.id);
    if (!this.#shows(run)) return; // something else was started meanwhile
    this.#receive({ type: 'metrics', rows: [...rows], history: true });
    this.state.finished = run.finished;
  }

  /** Puts a run's recipe into the form, with a seed that it has not had. */
  sameAgain(run: RunInfo): void {
    if (!this.can.take) return;
    this.#load({ ...run.config, seed: unusedSeed(run, this.runs.runs) });
  }

  /** A new run from a stored run's checkpoint, going on with `config`. */
  fork(run: RunInfo, checkpointId: string, config: RunConfig): void {
    this.#load(run.config);
    this.consent.before(config, () => {
      this.#start(run.config, (trainer) => trainer.fork(run.id, checkpointId, config));
    });
  }

  /** After a failure: a fresh worker goes on where the last checkpoint was written. */
  resumeLast(): void {
    const { run } = this.state;
    if (run === null) return;
    this.line.close();
    this.resume(run);
  }

  /** After a failure: a fresh worker and a new run with the same recipe. */
  startAgain(): void {
    const { config } = this.state;
    if (config !== null) this.#load(config);
    this.line.close();
    this.go();
  }

  dismissFailure(): void {
    if (this.state.trainer === 'failed') this.line.close();
    this.state.failure = null;
  }

  /** The address that opens this recipe; null while the form has a problem. */
  share(page: string): Shared | null {
    if (this.shareable) this.ownData.name(this.shareable.rows);
    return this.shareable && sharedAs(this.shareable, this.receipt, page);
  }

  /** Shows the recipe of a link, and says whether it did: a run in progress keeps its own. */
  openLink(fragment: string): boolean {
    const named = fragment.replace('#', '') !== '';
    if (this.state.busy) {
      // No fragment asks for nothing: the visitor went back to the page as it was opened.
      if (named) this.linkProblem = 'A run is in progress. Stop it, then open the link again.';
      return false;
    }
    const { config, problem, receipt, receiptProblem } = decodeLink(fragment);
    this.linkProblem = problem?.message ?? null;
    this.claim.take(receipt, receiptProblem);
    this.playback.close();
    if (problem === null && named) {
      this.#load(config);
      return true;
    }
    this.recipe.chooseTask('calculatorChain');
    this.recipe.resetAll();
    return true;
  }

  async #greet(): Promise<void> {
    if (this.#greets && !this.state.busy) await this.playback.play(this.recipe.taskId);
  }

  #load(config: RunConfig): void {
    this.consent.meet(config);
    this.recipe.load(config);
    void this.ownData.adopt(this.recipe.rows, config.rowsHash);
  }

  #shows(run: RunInfo): boolean {
    return this.state.run === run && !this.state.busy;
  }

  /** Clears the page for a run of its own. */
  #showLive(config: RunConfig): void {
    this.#greets = false;
    this.otherTab.end();
    this.playback.close();
    this.state.begin(config);
    this.changes.begin(config, 0);
    void this.checkpoints.refresh();
  }

  #begin(start: (trainer: TrainerClient, config: RunConfig) => Promise<unknown>): void {
    const { config } = this.recipe;
    if (config === null) return;
    this.#start(config, (trainer) => {
      void this.runs.keep();
      return start(trainer, config);
    });
  }

  /** A run of this recipe becomes the one that is shown, once its code may run. */
  #start(config: RunConfig, command: Command): void {
    this.consent.before(config, () => {
      if (this.state.trainer === 'failed') this.line.close();
      this.#showLive(config);
      this.state.trainer = 'loading';
      this.line.send(command);
    });
  }

  /** What was reported before, a full disk say, was seen; it comes again if it still holds. */
  #goOn(command: Command): void {
    this.state.failure = null;
    this.line.send(command);
  }

  #receive(event: TrainerEvent): void {
    this.state.receive(event);
    this.#followChanges(event);
    if (event.type === 'finished') this.#learnPace();
    if (CHANGES_RUNS.has(event.type)) void this.runs.refresh();
  }

  async #measure(config: RunConfig): Promise<void> {
    this.state.failure = null;
    try {
      const measured = this.line.trainer.measure(config);
      await this.measurements.take(config, measured, () => this.state.backend);
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'worker-closed') this.state.failure = failure;
    }
  }

  #learnPace(): void {
    const { config, backend } = this.state;
    this.measurements.learn(this.state.rowsMadeHere(), config, backend);
  }

  /** The run's own history of changes goes into the form, so that the same run can be had again. */
  #followChanges(event: TrainerEvent): void {
    const { type } = event;
    const { config, step } = this.state;
    if (config === null || (type !== 'run' && type !== 'metrics')) return;
    this.changes.follow(config, step);
    const history = JSON.stringify(config.changes);
    if (type !== 'run' || history === this.#history) return; // the form may have moved on since
    this.#history = history;
    this.recipe.set('changes', config.changes);
  }
}
