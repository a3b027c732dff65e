/**
 * What crosses between the page and the trainer: types only, no code, no tensors.
 * Weights never cross; metrics are plain numbers under TRL's names; failures are data,
 * because comlink loses an Error's code and class on the way.
 */
import type { CodeError, CodeProgram } from '../graders/codeReward.ts';
import type { AskedRow, AskedToken } from '../rft/asked.ts';
import type { RunConfig } from '../rft/configTable.ts';
import type { Changeable } from '../rft/changeable.ts';

export type TrainerState = 'idle' | 'loading' | 'running' | 'paused' | 'failed';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Which device does the work, as shown in the page's header. */
export interface BackendInfo {
  backend: BackendName;
  /** For people: adapter or "CPU, 1 thread, SIMD". */
  device: string;
  /** Set when a better backend could not be had, and why. */
  notice?: string;
}

/** An environment failure as data: what happened, what was kept, what to do. */
export interface Failure {
  code: string;
  message: string;
  detail?: string;
}

/** Plain numbers of one step under TRL's keys (`reward`, `kl`, `eval_greedy`, …). */
export interface StepMetrics {
  /** 0 is the base policy before any update. */
  step: number;
  values: Record<string, number>;
  /** At milestones, of all that the run has done so far and of its weights; see rft/digest.ts. */
  digest?: string;
}

export interface CompletionView {
  /** The completion's tokens as text, eos left out. */
  tokens: string[];
  /** Log-probability of each token when it was sampled, eos (where there is one) last. */
  logps: number[];
  /** Entropy in nats of what each token was drawn from, as `logps`; older recordings have none. */
  entropies?: number[];
  /** The likeliest tokens in each place before the update, as `logps`; where it was asked for. */
  likeliest?: AskedToken['likeliest'][];
  /** By how much the update moved each token's log-probability, as `logps`; likewise. */
  changes?: number[];
  thinking: string;
  answer: string;
  finishReason: 'eos' | 'length';
  /** One score per reward function, in the order of `rewardNames`; null: nothing to say. */
  rewards: (number | null)[];
  /** Weighted total; null when every score is missing. */
  reward: number | null;
  advantage: number;
  correct: boolean;
}

/** One prompt's group in one step. */
export interface GroupView {
  promptIndex: number;
  prompt: string;
  answer: string;
  completions: CompletionView[];
}

export interface RolloutView {
  step: number;
  rewardNames: string[];
  groups: GroupView[];
}

/** One group of a step, seen from both sides of the step's update. */
export interface InspectionView {
  step: number;
  rewardNames: string[];
  group: GroupView;
  /** Of each completion's tokens: log-probability after the update less before, eos last. */
  changes: number[][];
  /** Likewise: the likeliest tokens in each place before the update, at the run's temperature. */
  likeliest: AskedToken['likeliest'][][];
  /** The same prompt sampled again after the update; advantages mean nothing here. */
  again: CompletionView[];
}

/** A group of a step: by its place, or the most telling one, whose rewards differ most. */
export type InspectedGroup = number | 'telling';

export interface StepOptions {
  /** A group that is to be measured before and after; the step stays the same. */
  inspect?: InspectedGroup;
  /**
   * False: without a checkpoint of its own, for whoever makes many steps one by one. What is due by
   * the recipe is saved all the same.
   */
  save?: boolean;
}

/** What costs time and is told of steps only on request. */
export interface Told {
  /** What else was likely in the place of every token. */
  alternatives: boolean;
  /** How the update moved every token, of which its credit is made; of RFT alone. */
  credit: boolean;
}

/** One kind of mistake of a reward's code in a step, with how often it happened. */
export interface RewardErrorView {
  /** Name of the reward. */
  name: string;
  error: CodeError;
  count: number;
  /** The completion of the first one. */
  completion: string;
}

/** What reward code said and did wrong in one step; sent only where there is something to tell. */
export interface RewardReport {
  step: number;
  errors: RewardErrorView[];
  logs: { name: string; lines: string[] }[];
}

/** A text scored in a dry run. */
export interface DryRow {
  source: 'base' | 'gold' | 'own';
  prompt: string;
  completion: string;
  scores: (number | null)[];
  /** Weighted total; null when every score is missing. */
  total: number | null;
  correct: boolean;
  /** Why the text could not be read by the policy; then it was not scored. */
  problem?: string;
}

/** The user's own completion of a training prompt. */
export interface OwnTry {
  prompt: number;
  completion: string;
}

/** Scores of the base policy's samples, the gold answers and the user's own texts. */
export interface DryRun {
  rewardNames: string[];
  rows: DryRow[];
  /** Totals of the base policy's samples, prompt by prompt; null: missing. */
  groups: (number | null)[][];
  errors: RewardErrorView[];
  logs: RewardReport['logs'];
}

/** Whose answers are wanted: a run's at one of its checkpoints, or a base policy's. */
export type Asked =
  | { base: RunConfig['policy']; runId: null; checkpointId: null }
  | { base: RunConfig['policy']; runId: string; checkpointId: string };

export interface AskRequest {
  who: Asked;
  prompts: readonly string[];
  maxNewTokens: number;
  /** Null: greedy; else the address of the draws. */
  sample: { seed: number; round: number } | null;
}

/** How long a part of a recipe takes on this device; see session/estimate.ts. */
export interface Measured {
  /** Of one step with `completions`, and prompt and completion tokens of it. */
  stepSeconds: number;
  stepTokens: number;
  completions: number;
  /** Of one evaluation of `evalPrompts` held-out prompts. */
  evalSeconds: number;
  evalPrompts: number;
}

export type CheckpointReason = 'interval' | 'best' | 'pause' | 'end';

export interface CheckpointInfo {
  id: string;
  runId: string;
  step: number;
  reason: CheckpointReason;
  bytes: number;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** What the page knows of a stored run; metrics come apart. */
export interface RunInfo {
  id: string;
  name: string;
  config: RunConfig;
  backend: BackendInfo;
  createdAt: number;
  updatedAt: number;
  /** Steps done at the newest checkpoint. */
  step: number;
  finished: boolean;
  /** Last held-out greedy accuracy in [0, 1], null before the first evaluation. */
  evalGreedy: number | null;
  /** Bytes of all its checkpoints. */
  bytes: number;
  /** What made it; without it, and of a run that several made, there is no receipt. */
  origin?: { codeVersion: string; policyHash: string };
  /** Where a fork left which run; its steps up to there are that run's. Its name as it was then. */
  parent?: { runId: string; step: number; name?: string };
  /** Steps of the checkpoints that the user wants kept. */
  pins?: readonly number[];
  /**
   * True of a run that came from a file, and of its forks: rows and digests are what the file says,
   * and nothing that was measured here.
   */
  imported?: boolean;
}

export type TrainerEvent =
  | { type: 'state'; state: TrainerState }
  | { type: 'backend'; info: BackendInfo }
  /** `loaded` and `total` in bytes; total 0 when unknown. */
  | { type: 'progress'; what: string; loaded: number; total: number }
  /** What the worker is doing inside a step, for the status line. */
  | { type: 'phase'; phase: 'sampling' | 'learning' | 'evaluating' | 'saving'; step: number }
  /** `history` true: rows restored from storage on resume; they replace what is shown. */
  | { type: 'metrics'; rows: StepMetrics[]; history: boolean }
  | { type: 'rollout'; rollout: RolloutView }
  | { type: 'inspection'; inspection: InspectionView }
  | { type: 'reward-report'; report: RewardReport }
  | { type: 'checkpoint'; checkpoint: CheckpointInfo }
  | { type: 'run'; run: RunInfo }
  | { type: 'finished'; runId: string }
  | { type: 'failure'; failure: Failure };

/** The worker's face, wrapped by comlink. Every call resolves once it has taken effect. */
export interface TrainerApi {
  /**
   * Called once, first; `listener` receives every event from then on. Resolves with the name of the
   * Web Lock that the trainer's thread holds for as long as it lives; null: there is none.
   */
  open(listener: (event: TrainerEvent) => void): Promise<string | null>;
  /** Starts a new run; resolves with its id when the state is `running`. */
  start(config: RunConfig): Promise<string>;
  /** Starts a new run but stops after one step, in state `paused`. */
  startPaused(config: RunConfig): Promise<string>;
  /** Loads a run's newest good checkpoint (or `checkpointId`) and goes on, paused or running. */
  resume(runId: string, options?: { checkpointId?: string; paused?: boolean }): Promise<void>;
  pause(): Promise<void>;
  /** From `paused`: goes on. */
  proceed(): Promise<void>;
  /**
   * A new run that leaves another at one of its checkpoints and goes on with `config`, which may
   * differ from what holds there in the settings that may change on the way. Resolves with its id.
   */
  fork(runId: string, checkpointId: string, config: RunConfig): Promise<string>;
  /** What is told of every step from the next one on, of any run. */
  tell(what: Told): Promise<void>;
  /** From `paused`: one step, then paused again. */
  step(options?: StepOptions): Promise<void>;
  /** Ends the run where it is, with a checkpoint; state `idle`. */
  stop(): Promise<void>;
  /**
   * Changes settings of the run at hand from its next step on. Resolves once the change is noted;
   * a 'run' event with the new recipe follows when it takes effect.
   */
  change(values: Changeable): Promise<void>;
  /** Scores texts with a recipe's rewards; not while a run is going. */
  dryRun(config: RunConfig, own: readonly OwnTry[]): Promise<DryRun>;
  /** Times two steps and an evaluation of a recipe; not while a run is going. */
  measure(config: RunConfig): Promise<Measured>;
  /** Completions of prompts by a stored policy, one a prompt; not while a run is going. */
  ask(request: AskRequest): Promise<AskedRow[]>;
  /** Whether reward code can be run at all; null: it can. */
  checkReward(program: CodeProgram): Promise<CodeError | null>;
}

/** Between the tab that runs a run and those that watch it, over the run's own channel. */
export type LiveMessage =
  /** A watcher has come: what there is so far is told to all, and everything from then on. */
  { type: 'watch' } | { type: 'event'; event: TrainerEvent };
