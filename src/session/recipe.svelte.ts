/**
 * The recipe being edited: what stands in the form, as typed. Every rule is parseConfig's, every
 * default the config table's; a half-typed number is kept as text and reported as a problem, so
 * that nothing the user typed is thrown away. `config` is null while there is a problem.
 */
import { defaultConfig, fieldNames, parseConfig, type Problem } from '../rft/config.ts';
import { configTable, type ConfigField, type Method, type RunConfig } from '../rft/configTable.ts';
import {
  isDefaultMethod,
  presetFields,
  presetOf,
  presetValues,
  type Preset,
} from '../rft/presets.ts';
import type { RecipeChange } from '../rft/changeable.ts';
import { rowsHash, shortHash } from '../rft/rowsHash.ts';
import { ownWeights, rewardsOf, type RewardSpec } from '../rft/rewardSpec.ts';
import { recipeFor, type DeviceClass, type TaskId } from '../rft/taskRecipes.ts';
import { taskOf } from '../tasks/index.ts';
import { recipeProblems } from '../tasks/recipeProblems.ts';
import type { OwnRow, Task } from '../tasks/task.ts';
import { tableFileName } from './tableFile.ts';
import { choiceProblem, fieldApplies, fieldFormula, fieldNote } from './fieldRules.ts';
import { numberText, typedNumber } from './typedNumber.ts';

/**
 * A number as text, a flag, a choice, the reward weights as texts (none: each reward's own), or one
 * of the lists: the user's own rows, the rewards (none: the task's own), the changes on the way.
 */
export type DraftValue =
  | string
  | boolean
  | readonly string[]
  | readonly OwnRow[]
  | readonly RewardSpec[]
  | readonly RecipeChange[];
type Draft = Record<ConfigField, DraftValue>;

function draftValue(name: ConfigField, config: RunConfig): DraftValue {
  if (name === 'rewardWeights') return config.rewardWeights.map(numberText);
  const value = config[name];
  return typeof value === 'number' ? numberText(value) : value;
}

const draftOfValue = (value: string | number | boolean): DraftValue =>
  typeof value === 'number' ? numberText(value) : value;

function draftOf(config: RunConfig): Draft {
  const entries = fieldNames.map((name) => [name, draftValue(name, config)]);
  return Object.fromEntries(entries) as Draft;
}

function typedValue(name: ConfigField, value: DraftValue): unknown {
  const { kind } = configTable[name];
  if (typeof value === 'string') return kind === 'choice' ? value : typedNumber(value);
  return kind === 'numbers' ? (value as readonly string[]).map(typedNumber) : value;
}

/** Never "changed from the default": the user's choice of task, and what only the user has. */
const OWN = new Set<ConfigField>(['task', 'rows', 'rowsHash', 'changes']);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Before the device is known, and in tests: a desk with a GPU. */
const desk: DeviceClass = { handheld: false, webgpu: true };

export class Recipe {
  readonly #device: DeviceClass;
  draft = $state.raw<Draft>(draftOf(defaultConfig));

  readonly taskId = $derived(this.draft.task as TaskId);
  readonly method = $derived(this.draft.method as Method);
  readonly rows = $derived(this.draft.rows as readonly OwnRow[]);
  /** What "default" means for the chosen task on this device. */
  readonly baseline = $derived.by(() => recipeFor(this.taskId, this.#device));
  readonly #ownSplit = $derived(this.draft.ownSplit as RunConfig['ownSplit']);
  readonly #seed = $derived(Number(typedValue('seed', this.draft.seed)));
  readonly task = $derived<Task>(
    taskOf({ task: this.taskId, rows: this.rows, seed: this.#seed, ownSplit: this.#ownSplit }),
  );
  readonly #given = $derived(this.draft.rewards as readonly RewardSpec[]);
  /** The rewards in force: the task's own where none are given. */
  readonly rewards = $derived(rewardsOf(this.task, this.#given));
  readonly #ownWeights = $derived(ownWeights(this.task, this.#given).map(numberText));

  /** The user's rows go with their own task only: no other run, link or file is to carry them. */
  readonly #typed = $derived({
    ...Object.fromEntries(fieldNames.map((name) => [name, typedValue(name, this.draft[name])])),
    rows: this.taskId === 'own' ? this.rows : [],
    // Once the table is there it travels itself; its fingerprint has done its work.
    rowsHash: '',
  } as Record<ConfigField, unknown>);
  /** The link names a table that is not the one at hand. */
  readonly #tableProblem = $derived.by((): Problem[] => {
    const wanted = this.taskId === 'own' ? (this.draft.rowsHash as string) : '';
    if (wanted === '' || rowsHash(this.rows) === wanted) return [];
    const message =
      `This link is for a table with the fingerprint ${shortHash(wanted)}, which came as a file: ` +
      `choose or drop ${tableFileName(wanted)} here.`;
    return [{ field: 'rows', message }];
  });
  readonly #parsed = $derived(parseConfig(this.#typed));
  readonly #problems = $derived<readonly Problem[]>([
    ...this.#parsed.problems,
    ...this.#tableProblem,
    ...recipeProblems({
      task: this.taskId,
      rows: this.rows,
      ownSplit: this.#ownSplit,
      rewards: this.#given,
      changes: this.draft.changes as readonly RecipeChange[],
      method: this.method,
      sftTarget: this.draft.sftTarget as string,
      rewardWeights: this.draft.rewardWeights as readonly string[],
    }),
  ]);
  readonly config = $derived(this.#problems.length === 0 ? this.#parsed.config : null);
  readonly #changed = $derived(
    fieldNames.filter((name) => !OWN.has(name) && !same(this.#typed[name], this.baseline[name])),
  );
  readonly changedCount = $derived(this.#changed.length);
  readonly problemCount = $derived(this.#problems.length);

  /** The sentence to show at a field; undefined when it is right. */
  problem(name: ConfigField): string | undefined {
    return this.#problems.find(({ field }) => field === name)?.message;
  }

  isChanged(name: ConfigField): boolean {
    return this.#changed.includes(name);
  }

  constructor(device: DeviceClass = desk) {
    this.#device = device;
    this.resetAll();
  }

  set(name: ConfigField, value: DraftValue): void {
    this.draft = { ...this.draft, [name]: value };
  }

  /** Another task brings its own default recipe and rewards; seed and own rows stay. */
  chooseTask(task: TaskId): void {
    const { seed, rows } = this.draft;
    this.draft = { ...draftOf(recipeFor(task, this.#device)), seed, rows };
  }

  /** The value a field goes back to, as text for the form. */
  defaultValue(name: ConfigField): DraftValue {
    return draftValue(name, this.baseline);
  }

  reset(name: ConfigField): void {
    this.set(name, this.defaultValue(name));
  }

  /** Everything but the task and its rows as it was at first. */
  resetAll(): void {
    this.draft = { ...draftOf(this.baseline), rows: this.draft.rows };
  }

  /** Takes a whole recipe; own rows stay when it is for another task. */
  load(config: RunConfig): void {
    const rows = config.task === 'own' ? config.rows : this.rows;
    this.draft = { ...draftOf(config), rows };
  }

  /** True when the field has a say with the chosen task and method. */
  applies(name: ConfigField): boolean {
    // A field with a problem stays in sight, or nobody could mend it.
    return fieldApplies(name, this.#typed) || this.problem(name) !== undefined;
  }

  /** A remark at a field that is right as it is; undefined when there is nothing to remark. */
  note(name: ConfigField): string | undefined {
    return fieldNote(name, this.task, this.#typed);
  }

  /** The formula behind what is chosen; undefined where there is none. */
  formula(name: ConfigField): string | undefined {
    return fieldFormula(name, this.#typed);
  }

  /** Why a choice cannot be made now; undefined when it can. */
  unavailable(name: ConfigField, choice: string): string | undefined {
    return choiceProblem(name, choice, this.task);
  }

  /** Weight of the i-th reward function as text. */
  weightText(i: number): string {
    return this.#weights()[i] ?? '';
  }

  /** Sets one weight; when all are the rewards' own again, none is kept. */
  setWeight(i: number, text: string): void {
    this.#setRewards(
      this.#given,
      this.#weights().map((weight, at) => (at === i ? text : weight)),
    );
  }

  addReward(spec: RewardSpec): void {
    this.#setRewards([...this.rewards, spec], [...this.#weights(), '1']);
  }

  /** Another reward in the place of the i-th; its weight stays. */
  replaceReward(i: number, spec: RewardSpec): void {
    this.#setRewards(this.rewards.with(i, spec), this.#weights());
  }

  /** Gives what puts it back, with its weight, into the list as it is then. */
  removeReward(i: number): () => void {
    const [spec, weight] = [this.rewards[i]!, this.weightText(i)];
    this.#setRewards(this.rewards.toSpliced(i, 1), this.#weights().toSpliced(i, 1));
    return () => {
      this.#setRewards(this.rewards.toSpliced(i, 0, spec), this.#weights().toSpliced(i, 0, weight));
    };
  }

  /** This reward alone, at its own weight. */
  rewardOnly(spec: RewardSpec): void {
    this.#setRewards([spec], []);
  }

  /** The task's own rewards and weights. */
  resetRewards(): void {
    this.#setRewards([], []);
  }

  removeChange(step: number): void {
    const changes = this.draft.changes as readonly RecipeChange[];
    this.set(
      'changes',
      changes.filter((change) => change.step !== step),
    );
  }

  /** A list that is the task's own is kept as none, and so are weights that are the rewards' own. */
  #setRewards(rewards: readonly RewardSpec[], weights: readonly string[]): void {
    const given = same(rewards, rewardsOf(this.task, [])) ? [] : rewards;
    const own = ownWeights(this.task, given).map(numberText);
    const kept = same(weights, own) ? [] : weights;
    this.draft = { ...this.draft, rewards: given, rewardWeights: kept };
  }

  #weights(): readonly string[] {
    const weights = this.draft.rewardWeights as readonly string[];
    return weights.length > 0 ? weights : this.#ownWeights;
  }

  /** The settings that tell methods apart, as a preset has them. */
  choosePreset(preset: Preset): void {
    const values = presetValues(preset);
    const texts = presetFields.map((name) => [name, draftOfValue(values[name])]);
    this.draft = { ...this.draft, ...(Object.fromEntries(texts) as Partial<Draft>) };
  }

  /** The preset that the form follows; null: a mixture of its own. */
  readonly preset = $derived.by(() => presetOf(this.#typed));
  /** True when it is the method that this page starts with. */
  readonly defaultMethod = $derived.by(() => isDefaultMethod(this.#typed));
}
