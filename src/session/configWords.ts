/**
 * What tells the recipes of several runs apart, in words: labels, choices and units as the config
 * table has them, rewards by name, changes on the way as sentences. Only settings that differ, and
 * only where they have a say: two RFT runs do not differ in what SFT would have imitated. Pure.
 */
import type { Changeable } from '../rft/changeable.ts';
import { defaultConfig, fieldNames } from '../rft/config.ts';
import { configTable, type ConfigField, type Field, type RunConfig } from '../rft/configTable.ts';
import { changeTexts, changeableWords } from './changeWords.ts';
import { fieldApplies } from './fieldRules.ts';
import { sftWords } from './solutionWords.ts';
import { numberText } from './typedNumber.ts';

/** Stands where a setting has no say in a run. */
export const NO_SAY = '–';

export interface ConfigDifference {
  field: ConfigField;
  label: string;
  /** What each recipe says, in their order; `NO_SAY` where the setting means nothing to it. */
  values: readonly string[];
}

/** "batches" of one is "batch". */
const unitOf = (unit: string, value: number): string =>
  value === 1 ? unit.replace(/(?<=ch)es$|s$/, '') : unit;

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

function scalarText(field: Field, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') {
    return `${numberText(value)} ${unitOf(field.unit ?? '', value)}`.trimEnd();
  }
  if (field.kind !== 'choice') return value;
  return field.choices.find((choice) => choice.value === value)?.label ?? value;
}

/** Settings that are lists, or whose words depend on other settings. */
const ownTexts: Partial<Record<ConfigField, (config: RunConfig) => string>> = {
  method: (config) =>
    config.method === 'sft' ? sftWords(config) : scalarText(configTable.method, config.method),
  rewards: changeableWords.rewards,
  rewardWeights: changeableWords.rewardWeights,
  rows: ({ rows }) => counted(rows.length, 'row'),
  changes: (config) =>
    changeTexts(config)
      .map(({ step, text }) => `from step ${step}: ${text}`)
      .join('; ') || 'none',
};

/** A setting of a recipe as the page says it. */
export function settingWords(config: RunConfig, name: ConfigField): string {
  const ownText = ownTexts[name];
  if (ownText) return ownText(config);
  return scalarText(configTable[name], config[name] as string | number | boolean);
}

/** "RFT: reinforce what …" up to the colon. */
export const methodName = ({ method }: Pick<RunConfig, 'method'>): string =>
  scalarText(configTable.method, method).split(':')[0]!;

const has = (config: RunConfig, name: ConfigField): boolean =>
  // None of them is what tells a run from one that has some.
  name === 'changes' || fieldApplies(name, config);

/** Weights that are the rewards' own say nothing that the rewards do not. */
const valueOf = (config: RunConfig, name: ConfigField): string =>
  name === 'rewardWeights' ? settingWords(config, name) : JSON.stringify(config[name]);

/** Different values that read the same, rewritten reward code say, are numbered. */
function numbered(texts: readonly string[], values: readonly string[]): string[] {
  return texts.map((text, i) => {
    const alike = values.filter((_, k) => texts[k] === text);
    const versions = [...new Set(alike)];
    return versions.length < 2 ? text : `${text} (version ${versions.indexOf(values[i]!) + 1})`;
  });
}

/**
 * Whether values differ among the recipes that look at the setting; or only some do, and it is not
 * as it is for everybody: SFT on chains is told, SFT's having no temperature is not.
 */
function tells(field: ConfigField, said: readonly string[], all: boolean): boolean {
  const distinct = new Set(said);
  return (
    distinct.size > 1 || (!all && said.some((value) => value !== valueOf(defaultConfig, field)))
  );
}

function difference(configs: readonly RunConfig[], field: ConfigField): ConfigDifference | null {
  const looking = configs.map((config) => has(config, field));
  const values = configs.map((config, i) => (looking[i] ? valueOf(config, field) : NO_SAY));
  const said = values.filter((_, i) => looking[i]);
  if (!tells(field, said, said.length === configs.length)) return null;
  const texts = configs.map((config, i) => (looking[i] ? settingWords(config, field) : NO_SAY));
  return { field, label: configTable[field].label, values: numbered(texts, values) };
}

/** The settings in which the recipes differ, in the table's order; none for fewer than two. */
export const configDifferences = (configs: readonly RunConfig[]): ConfigDifference[] =>
  fieldNames.map((field) => difference(configs, field)).filter((found) => found !== null);

/** "Learning rate: 0.003 in A, C; 0.01 in B", where `names` are the runs'. */
export function differenceText(
  { label, values }: ConfigDifference,
  names: readonly string[],
): string {
  const parts = [...new Set(values)]
    .filter((value) => value !== NO_SAY)
    .map((value) => `${value} in ${names.filter((_, i) => values[i] === value).join(', ')}`);
  const silent = names.filter((_, i) => values[i] === NO_SAY);
  const rest = silent.length > 0 ? [`no say in ${silent.join(', ')}`] : [];
  return `${label}: ${[...parts, ...rest].join('; ')}`;
}

/** What a change of settings says, before it is made: "Learning rate 0.01 → 0.003". */
export function editWords(before: RunConfig, edits: Changeable): string {
  const after = { ...before, ...edits };
  return (Object.keys(edits) as (keyof Changeable)[])
    .map(
      (name) =>
        `${configTable[name].label} ${settingWords(before, name)} → ${settingWords(after, name)}`,
    )
    .join('; ');
}
