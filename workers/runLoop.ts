/**
 * One run on its way: the step with its evaluation, metrics, rollouts and checkpoints, told to
 * the page through `emit`. No states and no wishes (see trainer.ts): every function here does
 * one piece of work and returns, or throws.
 */
import type { BackendChoice } from '../models/backend.ts';
import { CodedError } from '../models/errors.ts';
import { readPolicy } from '../models/policy.ts';
import type { PolicyFolder } from '../models/policyFolder.ts';
import { promptRounding } from '../models/rollout.ts';
import { packLearner, restoreLearner } from '../src/rft/checkpoint.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { codeVersion } from '../src/rft/codeVersion.ts';
import { firstLink, milestoneDigest, milestoneSteps, nextLink } from '../src/rft/digest.ts';
import { evaluate } from '../src/rft/evaluate.ts';
import { createLearner, follow, prepareLearner, type Learner } from '../src/rft/learner.ts';
import { parseConfig } from '../src/rft/config.ts';
import type { Changeable } from '../src/rft/changeable.ts';
import { forkedRecipe } from '../src/rft/forkedRecipe.ts';
import { withChange } from '../src/rft/recipeChange.ts';
import type { StepResult } from '../src/rft/stepRow.ts';
import type { RewardRunner } from '../src/graders/codeReward.ts';
import { rewardReport } from './rewardReport.ts';
import { requireRoom } from '../src/rft/memory.ts';
import { takeStep } from '../src/rft/methods.ts';
import type {
  BackendInfo,
  CheckpointReason,
  Failure,
  RunInfo,
  StepMetrics,
  Told,
  TrainerEvent,
} from '../src/session/protocol.ts';
import type { RunPatch } from '../src/storage/checkpoints.ts';
import type {
  CheckpointDraft,
  DeviceCheckStore,
  RunRecord,
  RunStore,
  StoredCheckpoint,
} from '../src/storage/runStore.ts';
import { taskOf } from '../src/tasks/index.ts';
import { recipeProblems } from '../src/tasks/recipeProblems.ts';
import { likeliestOf, type Likeliest } from './alternatives.ts';
import { inspector, type Inspector } from './inspection.ts';
import { rolloutView } from './rolloutView.ts';
import { runName } from './runName.ts';

/** A base policy with the hash its runs are tied to. */
export interface BasePolicy {
  folder: PolicyFolder;
  /** SHA-256 of model.safetensors, hex. */
  hash: string;
}

/** The part of storage the trainer writes to. */
export type TrainerStore = Pick<
  RunStore,
  | 'createRun'
  | 'getRun'
  | 'claimRun'
  | 'saveCheckpoint'
  | 'loadCheckpoint'
  | 'metrics'
  | keyof DeviceCheckStore
>;

/** What a loop needs around it. */
export interface LoopHost {
  emit(event: TrainerEvent): void;
  store: TrainerStore;
  /** Milliseconds since 1970, for dates only: the user's clock may jump, so nothing is timed by it. */
  now(): number;
  /** Lets late GPU errors in and throws if there was one: the numbers since are void. */
  checkTrouble(): Promise<void>;
}

export interface ActiveRun {
  /** Settings that are to change at the next step. */
  change: Changeable | null;
  /** Share of failed scores that the user has gone on with; it pauses the run only once. */
  toleratedErrors: number;
  readonly learner: Learner;
  readonly policyHash: string;
  info: RunInfo;
  bestEval: number | null;
  /** Rows of the steps before `pending`: they are in storage. */
  stored: StepMetrics[];
  /** Rows not yet in storage. */
  pending: StepMetrics[];
  evaluatedBase: boolean;
  lastSavedStep: number | null;
}

/** Throws CodedError 'completion-too-long' where the policy's positions do not suffice. */
function requirePositions(room: number, longestPrompt: number, longest: number, imitated: number) {
  const sampled = Math.ceil(longestPrompt / promptRounding) * promptRounding + longest;
  const needed = Math.max(sampled, imitated);
  if (needed <= room) return;
  throw new CodedError(
    'completion-too-long',
    `This policy holds ${String(room)} tokens, but prompt and completion need ${String(needed)}. ` +
      (sampled > room ? 'Shorten the longest completion.' : 'Imitate shorter texts.'),
  );
}

/** A learner, once it is known that it fits the policy and the device. */
export function buildLearner(
  config: RunConfig,
  base: BasePolicy,
  runner: RewardRunner | null,
): Learner {
  const task = taskOf(config);
  const [problem] = recipeProblems(config);
  if (problem) throw new CodedError('recipe-problem', problem.message, problem.field);
  const prepared = prepareLearner(config, task, base.folder);
  const { prompt, imitated } = prepared.longest;
  const room = base.folder.config.maxPositionEmbeddings;
  requirePositions(room, prompt, config.maxCompletionLength, imitated);
  requireRoom(prepared.budget);
  return createLearner(config, task, base.folder, runner, prepared);
}

/** A run at step 0. */
export function freshRun(
  id: string,
  config: RunConfig,
  base: BasePolicy,
  backend: BackendChoice,
  runner: RewardRunner | null,
  now: number,
): { run: ActiveRun; record: RunRecord } {
  const info: RunInfo = {
    id,
    name: runName(taskOf(config), config),
    config,
    backend,
    createdAt: now,
    updatedAt: now,
    step: 0,
    finished: false,
    evalGreedy: null,
    bytes: 0,
    origin: { codeVersion, policyHash: base.hash },
  };
  const learner = buildLearner(config, base, runner);
  learner.chain = firstLink(base.hash);
  const run: ActiveRun = {
    change: null,
    toleratedErrors: 0,
    learner,
    policyHash: base.hash,
    info,
    bestEval: null,
    stored: [],
    pending: [],
    evaluatedBase: false,
    lastSavedStep: null,
  };
  return { run, record: { ...info, policyHash: base.hash } };
}

/** What two devices make of a run cannot be told apart by one digest. */
const sameDevice = (one: BackendInfo, other: BackendInfo): boolean =>
  one.backend === other.backend && one.device === other.device;

/**
 * A run as a checkpoint left it; of its rows, those up to there.
 * Throws CodedError 'other-base' when its base has changed.
 */
export function restoredRun(
  record: RunRecord,
  checkpoint: StoredCheckpoint,
  rows: readonly StepMetrics[],
  base: BasePolicy,
  backend: BackendChoice,
  runner: RewardRunner | null,
): ActiveRun {
  if (base.hash !== checkpoint.policyHash) {
    throw new CodedError(
      'other-base',
      'This run started from another version of its base policy and cannot go on from this one.',
      `run ${checkpoint.policyHash}, here ${base.hash}`,
    );
  }
  // The checkpoint's recipe, not the run's: what was changed after it has not happened yet.
  const { config } = checkpoint;
  const learner = buildLearner(config, base, runner);
  learner.step = checkpoint.step - 1;
  follow(learner, config); // what held at the checkpoint's step: its tensors are for that
  restoreLearner(learner, checkpoint.tensors);
  if (!sameDevice(checkpoint.backend, backend)) learner.chain = null;
  const { policyHash, ...info } = record;
  return {
    change: null,
    toleratedErrors: 0,
    learner,
    policyHash,
    info: { ...info, config, backend, step: learner.step },
    bestEval: checkpoint.bestEval,
    stored: rows.filter(({ step }) => step <= learner.step),
    pending: [],
    evaluatedBase: true,
    lastSavedStep: learner.step,
  };
}

/** What a fork is made of. */
export interface ForkSource {
  /** The new run's. */
  id: string;
  parent: RunRecord;
  checkpoint: StoredCheckpoint;
  /** The parent's metrics; those up to the checkpoint become the fork's. */
  rows: readonly StepMetrics[];
  /** The recipe that is to hold from the checkpoint on. */
  edited: RunConfig;
}

/**
 * A new run in the state that a checkpoint of another holds, with some settings changed from the
 * next step on. Throws CodedError 'bad-fork' where they cannot be, and as `restoredRun` does.
 */
export function forkedRun(
  { id, parent, checkpoint, rows, edited }: ForkSource,
  base: BasePolicy,
  backend: BackendChoice,
  runner: RewardRunner | null,
  now: number,
): { run: ActiveRun; record: RunRecord } {
  const { step } = checkpoint;
  const { config, problem } = forkedRecipe(checkpoint.config, step, edited);
  if (!config) throw new CodedError('bad-fork', problem.message, problem.field);
  const shared = rows.filter((row) => row.step <= step);
  const record: RunRecord = {
    ...parent,
    ...{ id, config, backend, createdAt: now, updatedAt: now, finished: false, bytes: 0 },
    name: `${parent.name}, fork at step ${String(step)}`,
    // Nothing is stored yet; the fork's own first checkpoint says how far it has come.
    step: 0,
    evalGreedy:
      shared.findLast(({ values }) => 'eval_greedy' in values)?.values['eval_greedy'] ?? null,
    parent: { runId: parent.id, step, name: parent.name },
    pins: [],
  };
  const run = restoredRun(record, { ...checkpoint, config }, shared, base, backend, runner);
  return { run: { ...run, stored: [], pending: shared, lastSavedStep: null }, record };
}

export const isDone = ({ learner }: ActiveRun): boolean => learner.step >= learner.config.maxSteps;

/** The run is gone from storage, but it is all here: it is stored as a new one, and that is said. */
async function storeAnew(host: LoopHost, run: ActiveRun): Promise<void> {
  run.pending = [...run.stored, ...run.pending];
  run.stored = [];
  await host.store.createRun({ ...run.info, bytes: 0, pins: [], policyHash: run.policyHash });
  const message =
    'The browser’s storage was cleared while the run went. This run is whole: it was saved anew at ' +
    `step ${String(run.learner.step)}, with all its metrics. Its earlier checkpoints and all other ` +
    'runs are gone.';
  host.emit({ type: 'failure', failure: { code: 'storage-cleared', message } });
}

/** Packs the run and writes it with all metrics since the last time. */
export async function saveRun(
  host: LoopHost,
  run: ActiveRun,
  reason: CheckpointReason,
): Promise<void> {
  const { learner, info } = run;
  host.emit({ type: 'phase', phase: 'saving', step: learner.step });
  const tensors = await packLearner(learner);
  // After the readback: trouble during it would void what was read.
  await host.checkTrouble();
  const draft: CheckpointDraft = {
    runId: info.id,
    step: learner.step,
    reason,
    createdAt: host.now(),
    config: info.config,
    policyHash: run.policyHash,
    backend: info.backend,
    rngCounters: { seed: info.config.seed, step: learner.step },
    promptCursor: learner.promptCursor,
    bestEval: run.bestEval,
    tensors,
  };
  const patch: RunPatch = {
    config: info.config,
    step: learner.step,
    finished: isDone(run),
    evalGreedy: info.evalGreedy,
    updatedAt: host.now(),
  };
  const save = () => host.store.saveCheckpoint(draft, run.pending, patch);
  const saved = await save().catch(async (error: unknown) => {
    if (!(error instanceof CodedError && error.code === 'no-run')) throw error;
    await storeAnew(host, run);
    return save();
  });
  run.stored = [...run.stored, ...run.pending];
  run.pending = [];
  run.lastSavedStep = learner.step;
  run.info = saved.run;
  host.emit({ type: 'checkpoint', checkpoint: saved.checkpoint });
  host.emit({ type: 'run', run: saved.run });
}

/** Adds the `eval_*` values; true when greedy accuracy is the best so far. */
async function addEvaluation(
  host: LoopHost,
  run: ActiveRun,
  values: Record<string, number>,
): Promise<boolean> {
  host.emit({ type: 'phase', phase: 'evaluating', step: run.learner.step });
  const begin = performance.now();
  Object.assign(values, await evaluate(run.learner));
  values['eval_time'] = (performance.now() - begin) / 1000;
  await host.checkTrouble();
  const greedy = values['eval_greedy'] ?? 0;
  run.info = { ...run.info, evalGreedy: greedy };
  const isBest = run.bestEval === null || greedy > run.bestEval;
  if (isBest) run.bestEval = greedy;
  return isBest;
}

/** At a milestone, the digest of all so far and of the parameters; null elsewhere. */
async function digestOf(host: LoopHost, { learner, info }: ActiveRun): Promise<string | null> {
  const { chain, step, policy } = learner;
  if (chain === null || !milestoneSteps(info.config).includes(step)) return null;
  const digest = milestoneDigest(chain, await readPolicy(policy));
  await host.checkTrouble(); // what was read is void if there was some
  return digest;
}

async function record(
  host: LoopHost,
  run: ActiveRun,
  values: Record<string, number>,
): Promise<void> {
  const digest = await digestOf(host, run);
  const row = { step: run.learner.step, values, ...(digest !== null && { digest }) };
  run.pending.push(row);
  host.emit({ type: 'metrics', rows: [row], history: false });
}

/** Held-out metrics of the base policy, as step 0. */
export async function evaluateBase(host: LoopHost, run: ActiveRun): Promise<void> {
  const values: Record<string, number> = {};
  await addEvaluation(host, run, values);
  await record(host, run, values);
  run.evaluatedBase = true;
}

/** A diverged run must not replace its last good checkpoint. */
function requireFinite(metrics: Readonly<Record<string, number>>): void {
  const broken = Object.keys(metrics).filter((key) => !Number.isFinite(metrics[key]));
  if (broken.length === 0) return;
  throw new CodedError(
    'diverged',
    'The run has diverged: its numbers are no longer finite. A lower learning rate helps.',
    broken.join(', '),
  );
}

/**
 * The recipe of a run with these settings changed from its next step on.
 * Throws CodedError 'bad-change' where they make no sense.
 */
export function changedRecipe({ learner, info }: ActiveRun, values: Changeable): RunConfig {
  const { config, problems } = parseConfig(withChange(info.config, learner.step + 1, values));
  const [problem] = [...problems, ...(config ? recipeProblems(config) : [])];
  if (config && !problem) return config;
  throw new CodedError('bad-change', problem?.message ?? '', problem?.field);
}

/** Puts what was asked for into the recipe, from the run's next step on. Throws 'bad-change'. */
export function noteChange(host: Pick<LoopHost, 'emit'>, run: ActiveRun): void {
  const { change } = run;
  run.change = null;
  if (!change) return;
  run.info = { ...run.info, config: changedRecipe(run, change) };
  host.emit({ type: 'run', run: run.info });
}

/** What has to be said of reward code; a failure where too much of it went wrong. */
function rewardTrouble(host: LoopHost, run: ActiveRun, step: StepResult): Failure | null {
  const { learner } = run;
  const { trouble, errorRatio } = step;
  if (trouble.length > 0) {
    host.emit({ type: 'reward-report', report: { step: learner.step, ...rewardReport(trouble) } });
  }
  const { maxRewardErrorRatio: most } = learner.config;
  if (errorRatio <= Math.max(most, run.toleratedErrors)) return null;
  run.toleratedErrors = errorRatio;
  const share = (ratio: number): string => `${String(Math.round(100 * ratio))} %`;
  return {
    code: 'reward-errors',
    message:
      `Reward code failed on ${share(errorRatio)} of the completions of step ${String(learner.step)} ` +
      `(the run pauses above ${share(most)}). Mend the code, or go on as it is: the run pauses again ` +
      'only if it gets worse.',
  };
}

/** What the page wants to see of a step that costs more than the step. */
interface Looked extends Told {
  /** Place of a group to be put under the magnifier; null: none. */
  inspect: number | null;
}

/** Measures what is left to measure of a step under the magnifier, and tells it. */
async function tellInspection(host: LoopHost, inspected: Inspector): Promise<void> {
  const inspection = await inspected.after();
  await host.checkTrouble();
  if (inspection) host.emit({ type: 'inspection', inspection });
}

/**
 * One step with all that is due after it; a failure where the run is better paused now.
 * @param looked what is to be measured beside it.
 */
export async function advance(
  host: LoopHost,
  run: ActiveRun,
  { inspect, alternatives }: Looked = { inspect: null, alternatives: false },
): Promise<Failure | null> {
  const { learner } = run;
  try {
    noteChange(host, run);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    // It was checked when it came, but for a step that has passed meanwhile.
    return { code: error.code, message: `The change was not made: ${error.message}` };
  }
  follow(learner, run.info.config);
  const { evalSteps, saveSteps } = learner.config;
  const begin = performance.now();
  const inspected = inspect === null ? null : inspector(learner, inspect);
  let likeliest: Likeliest[] = [];
  const step = await takeStep(
    learner,
    (phase) => {
      host.emit({ type: 'phase', phase, step: learner.step + 1 });
    },
    async (rows) => {
      if (alternatives) likeliest = await likeliestOf(learner, rows);
      await inspected?.before(rows);
    },
  );
  // The device is still learning: what the page is to see is made ready meanwhile.
  const [metrics, view] = await Promise.all([
    step.metrics,
    Promise.resolve(step.rows).then((rows) => rolloutView(learner, rows, likeliest)),
  ]);
  await host.checkTrouble();
  requireFinite(metrics);
  metrics['step_time'] = (performance.now() - begin) / 1000;
  if (learner.chain !== null) learner.chain = nextLink(learner.chain, learner.step, step.rows);
  if (step.rows.length > 0) host.emit({ type: 'rollout', rollout: view });
  if (inspected) await tellInspection(host, inspected);
  const reason = rewardTrouble(host, run, step);
  const due = isDone(run) || learner.step % evalSteps === 0;
  const isBest = due && (await addEvaluation(host, run, metrics));
  await record(host, run, metrics);
  if (isDone(run)) await saveRun(host, run, 'end');
  else if (isBest) await saveRun(host, run, 'best');
  else if (learner.step % saveSteps === 0) await saveRun(host, run, 'interval');
  return reason;
}
