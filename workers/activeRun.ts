/**
 * Making a run: fresh, as a checkpoint left it, or as a fork of another. What a run is while it goes
 * stands here too; runLoop.ts moves it on, and nothing here draws, learns or stores.
 */

import type { BackendChoice } from '../models/backend.ts';
import { CodedError } from '../models/errors.ts';
import type { PolicyFolder } from '../models/policyFolder.ts';
import { promptRounding } from '../models/rollout.ts';
import type { RewardRunner } from '../src/graders/codeReward.ts';
import type { Changeable } from '../src/rft/changeable.ts';
import { restoreLearner } from '../src/rft/checkpoint.ts';
import { codeVersion } from '../src/rft/codeVersion.ts';
import type { RunConfig } from '../src/rft/configTable.ts';
import { firstLink } from '../src/rft/digest.ts';
import { forkedRecipe } from '../src/rft/forkedRecipe.ts';
import { createLearner, follow, prepareLearner, type Learner } from '../src/rft/learner.ts';
import { requireRoom } from '../src/rft/memory.ts';
import type { BackendInfo, RunInfo, StepMetrics } from '../src/session/protocol.ts';
import type {
  DeviceCheckStore,
  RunRecord,
  RunStore,
  StoredCheckpoint,
} from '../src/storage/runStore.ts';
import { taskOf } from '../src/tasks/index.ts';
import { recipeProblems } from '../src/tasks/recipeProblems.ts';
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

export interface ActiveRun {
  /** Settings that are to change at the next step. */
  change: Changeable | null;
  /** The recipe has changed since the last checkpoint. */
  changeUnsaved: boolean;
  /** The step being made, or the last one made; the learner counts a step half-way through it. */
  stepAtHand: number;
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
    changeUnsaved: false,
    stepAtHand: 0,
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

/**
 * What two devices make of a run cannot be told apart by one digest. A GPU's notice names the
 * kernels that are left out there, whose compositions give other bits; elsewhere it only says why
 * there is no GPU.
 */
export function sameDevice(one: BackendInfo, other: BackendInfo): boolean {
  if (one.backend !== other.backend || one.device !== other.device) return false;
  return one.backend !== 'webgpu' || one.notice === other.notice;
}

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
    changeUnsaved: false,
    stepAtHand: learner.step,
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
