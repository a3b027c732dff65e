/** The order of the form: fields of the config table by group, advanced ones apart. */
import {
  configTable,
  type ConfigField,
  type Field,
  type FieldGroup,
} from '../../rft/configTable.ts';

const titles: Record<FieldGroup, string> = {
  task: 'Task',
  reward: 'Rewards',
  sampling: 'Sampling',
  method: 'Method',
  optimiser: 'Training',
  evaluation: 'Evaluation and checkpoints',
};

export interface FormGroup {
  id: FieldGroup;
  title: string;
  fields: readonly ConfigField[];
}

/**
 * Groups that hold at least one field that applies; `advanced` picks the ones under "Everything
 * else".
 */
export function formGroups(
  advanced: boolean,
  applies: (name: ConfigField) => boolean,
): FormGroup[] {
  const entries = Object.entries(configTable) as [ConfigField, Field][];
  return (Object.keys(titles) as FieldGroup[])
    .map((id) => ({
      id,
      title: titles[id],
      fields: entries
        .filter(([, field]) => field.group === id && (field.advanced ?? false) === advanced)
        .map(([name]) => name)
        .filter(applies),
    }))
    .filter(({ fields }) => fields.length > 0);
}
