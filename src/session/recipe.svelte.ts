/**
 * The recipe being edited: what stands in the form, as typed. Every rule is parseConfig's, every
 * default the config table's; a half-typed number is kept as text and reported as a problem, so
 * that nothing the user typed is thrown away. `config` is null while there is a problem.
 */
import { defaultConfig, fieldNames, parseConfig, type Problem } from '../rft/config.ts';
import { configTable, type ConfigField, type RunConfig } from '../rft/configTable.ts';
import { tasks } from '../tasks/index.ts';

/** A number as text, a flag, a choice, or the reward weights as texts (none: the task's own). */
export type DraftValue = string | boolean | readonly string[];
type Draft = Record<ConfigField, DraftValue>;

/** What the form needs to know of a reward function. */
export interface RewardInfo {
  name: string;
  meaning: string;
  /** The task's own weight. */
  weight: number;
}

const numberText = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace('e+', 'e') : String(value);

function draftValue(value: RunConfig[ConfigField]): DraftValue {
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' || typeof value === 'boolean' ? value : value.map(numberText);
}

function draftOf(config: RunConfig): Draft {
  const entries = fieldNames.map((name) => [name, draftValue(config[name])]);
  return Object.fromEntries(entries) as Draft;
}

/** The number that was typed; the text itself where it is none, for parseConfig to refuse. */
function typedNumber(text: string): number | string {
  const value = Number(text.replace(',', '.'));
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

function typedValue(name: ConfigField, value: DraftValue): unknown {
  const { kind } = configTable[name];
  if (typeof value === 'string') return kind === 'choice' ? value : typedNumber(value);
  return typeof value === 'boolean' ? value : value.map(typedNumber);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export class Recipe {
  draft = $state.raw<Draft>(draftOf(defaultConfig));

  readonly #task = $derived(tasks[String(this.draft.task)]);
  readonly rewards = $derived<readonly RewardInfo[]>(this.#task?.rewards ?? []);
  readonly taskSummary = $derived(this.#task?.summary ?? '');

  readonly #typed = $derived(
    Object.fromEntries(fieldNames.map((name) => [name, typedValue(name, this.draft[name])])),
  );
  readonly #parsed = $derived(parseConfig(this.#typed));
  readonly #problems = $derived<readonly Problem[]>([
    ...this.#parsed.problems,
    ...this.#weightCountProblem(),
  ]);
  readonly config = $derived(this.#problems.length === 0 ? this.#parsed.config : null);
  readonly #changed = $derived(
    fieldNames.filter((name) => !same(this.#typed[name], defaultConfig[name])),
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

  set(name: ConfigField, value: DraftValue): void {
    this.draft = { ...this.draft, [name]: value };
  }

  reset(name: ConfigField): void {
    this.set(name, draftValue(defaultConfig[name]));
  }

  resetAll(): void {
    this.load(defaultConfig);
  }

  load(config: RunConfig): void {
    this.draft = draftOf(config);
  }

  /** Weight of the i-th reward function as text. */
  weightText(i: number): string {
    return this.#weights()[i] ?? '';
  }

  /** Sets one weight; when all are the task's own again, none is kept. */
  setWeight(i: number, text: string): void {
    const own = this.rewards.map(({ weight }) => numberText(weight));
    const weights = this.rewards.map((_, at) => (at === i ? text : this.weightText(at)));
    this.set('rewardWeights', same(weights, own) ? [] : weights);
  }

  #weights(): readonly string[] {
    const weights = this.draft.rewardWeights as readonly string[];
    return weights.length > 0 ? weights : this.rewards.map(({ weight }) => numberText(weight));
  }

  /** A link may bring weights for another number of reward functions than the task has. */
  #weightCountProblem(): Problem[] {
    const given = (this.draft.rewardWeights as readonly string[]).length;
    if (given === 0 || given === this.rewards.length) return [];
    const message = `This task has ${this.rewards.length} reward functions, but ${given} weights are given.`;
    return [{ field: 'rewardWeights', message }];
  }
}
