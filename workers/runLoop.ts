/**
 * One run on its way: the step with its evaluation, metrics, rollouts and checkpoints, told to
 * the page through `emit`. No states and no wishes (see trainer.ts): every function here does
 * one piece of work and returns, or throws.
 */
import { CodedError } from '../models/errors.ts';
import { readPolicy } from '../models/policy.ts';
import { parseConfig } from '../src/rft/config.ts';
import type { Changeable } from '../src/rft/changeable.ts';
import { packLearner } from '../src/rft/checkpoint.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { milestoneDigest, milestoneSteps, nextLink } from '../src/rft/digest.ts';
import { evaluate } from '../src/rft/evaluate.ts';
import { follow } from '../src/rft/learner.ts';
import { takeStep } from '../src/rft/methods.ts';
import { withChange } from '../src/rft/recipeChange.ts';
import type { StepResult } from '../src/rft/stepRow.ts';
import type {
  CheckpointReason,
  Failure,
  InspectedGroup,
  StepMetrics,
  Told,
  TrainerEvent,
} from '../src/session/protocol.ts';
import type { RunPatch, SavedCheckpoint } from '../src/storage/checkpoints.ts';
import type { CheckpointDraft, RunRecord } from '../src/storage/runStore.ts';
import { recipeProblems } from '../src/tasks/recipeProblems.ts';
import type { ActiveRun, TrainerStore } from './activeRun.ts';
import { likeliestOf, type Likeliest } from './alternatives.ts';
import { inspector, type Inspector } from './inspection.ts';
import { changeMeter } from './logpChanges.ts';
import { rewardReport } from './rewardReport.ts';
import { rolloutView } from './rolloutView.ts';

/** What a loop needs around it. */
export interface LoopHost {
  emit(event: TrainerEvent): void;
  store: TrainerStore;
  /** Milliseconds since 1970, for dates only: the user's clock may jump, so nothing is timed by it. */
  now(): number;
  /** Lets late GPU errors in and throws if there was one: the numbers since are void. */
  checkTrouble(): Promise<void>;
}

export const isDone = ({ learner }: ActiveRun): boolean => learner.step >= learner.config.maxSteps;

/** The run is gone from storage, but it is all here: it is stored as a new one, and that is said. */
async function storeAnew(
  host: LoopHost,
  run: ActiveRun,
  save: (rows: StepMetrics[], record: RunRecord) => Promise<SavedCheckpoint>,
): Promise<SavedCheckpoint> {
  const record = { ...run.info, bytes: 0, pins: [], policyHash: run.policyHash };
  const saved = await save([...run.stored, ...run.pending], record);
  const message =
    'The browser’s storage was cleared while the run went. This run is whole: it was saved anew at ' +
    `step ${String(run.learner.step)}, with all its metrics. Its earlier checkpoints and all other ` +
    'runs are gone.';
  host.emit({ type: 'failure', failure: { code: 'storage-cleared', message } });
  return saved;
}

/**
 * Packs the run and writes it with all metrics since the last time.
 * @param record the run itself, where it is to be stored with this checkpoint.
 */
export async function saveRun(
  host: LoopHost,
  run: ActiveRun,
  reason: CheckpointReason,
  record?: RunRecord,
): Promise<void> {
  const { learner, info } = run;
  const { step } = learner;
  const rows = [...run.pending];
  host.emit({ type: 'phase', phase: 'saving', step });
  const counters: Omit<CheckpointDraft, 'tensors'> = {
    runId: info.id,
    step,
    reason,
    createdAt: host.now(),
    config: info.config,
    policyHash: run.policyHash,
    backend: info.backend,
    rngCounters: { seed: info.config.seed, step },
    promptCursor: learner.promptCursor,
    bestEval: run.bestEval,
  };
  const patch: RunPatch = {
    config: info.config,
    backend: info.backend,
    step,
    finished: isDone(run),
    evalGreedy: info.evalGreedy,
    updatedAt: host.now(),
  };
  const draft = { ...counters, tensors: await packLearner(learner) };
  // After the readback: trouble during it would void what was read.
  await host.checkTrouble();
  const saved = await host.store
    .saveCheckpoint(draft, rows, patch, record)
    .catch((error: unknown) => {
      if (!(error instanceof CodedError && error.code === 'no-run')) throw error;
      return storeAnew(host, run, (all, anew) =>
        host.store.saveCheckpoint(draft, all, patch, anew),
      );
    });
  run.stored = [...run.stored, ...rows];
  run.pending = run.pending.filter((row) => !rows.includes(row));
  run.lastSavedStep = step;
  run.changeUnsaved = run.info.config !== info.config;
  // Its name and pins are the page's; the recipe is the run's, which may have moved on meanwhile.
  run.info = { ...saved.run, config: run.info.config };
  host.emit({ type: 'checkpoint', checkpoint: saved.checkpoint });
  host.emit({ type: 'run', run: run.info });
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
 * The recipe of a run with these settings changed from the step on that follows the one at hand.
 * Throws CodedError 'bad-change' where they make no sense.
 */
export function changedRecipe({ stepAtHand, info }: ActiveRun, values: Changeable): RunConfig {
  const { config, problems } = parseConfig(withChange(info.config, stepAtHand + 1, values));
  const [problem] = [...problems, ...(config ? recipeProblems(config) : [])];
  if (config && !problem) return config;
  throw new CodedError('bad-change', problem?.message ?? '', problem?.field);
}

/** Between two steps: puts what was asked for, which was checked then, into the recipe. */
export function takeChange(host: Pick<LoopHost, 'emit'>, run: ActiveRun): void {
  const { change } = run;
  run.change = null;
  if (!change) return;
  run.info = { ...run.info, config: changedRecipe(run, change) };
  run.changeUnsaved = true;
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
  /** The group to be put under the magnifier; null: none. */
  inspect: InspectedGroup | null;
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
  { inspect, alternatives, credit }: Looked = { inspect: null, alternatives: false, credit: false },
): Promise<Failure | null> {
  const { learner } = run;
  takeChange(host, run);
  run.stepAtHand = learner.step + 1;
  follow(learner, run.info.config);
  const { evalSteps, saveSteps } = learner.config;
  const begin = performance.now();
  const inspected = inspect === null ? null : inspector(learner, inspect);
  const meter = credit && learner.config.method === 'rft' ? changeMeter(learner) : null;
  let likeliest: Likeliest[] = [];
  const step = await takeStep(
    learner,
    (phase) => {
      host.emit({ type: 'phase', phase, step: learner.step + 1 });
    },
    async (rows) => {
      if (alternatives) likeliest = await likeliestOf(learner, rows);
      await meter?.before(rows);
      await inspected?.before(rows);
    },
  );
  // The device is still learning: what the page is to see is made ready meanwhile, or queued.
  const [metrics, view] = await Promise.all([
    step.metrics,
    Promise.resolve(meter?.after()).then((changes = []) =>
      rolloutView(learner, step.rows, { likeliest, changes }),
    ),
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
