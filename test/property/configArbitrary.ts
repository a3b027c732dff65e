/** Valid configs for property tests, drawn from the config table itself. */
import fc from 'fast-check';
import { parseConfig } from '../../src/rft/config.ts';
import { presetFields } from '../../src/rft/presets.ts';
import { configTable, type Field, type RunConfig } from '../../src/rft/configTable.ts';

const name = fc.stringMatching(/^[\w-]{1,12}$/);
const rewardSpec = fc.oneof(
  fc.record({ kind: fc.constant('task'), name }),
  fc.record({
    kind: fc.constant('code'),
    name,
    source: fc.string({ maxLength: 60 }),
    range: fc.constant([-1, 1]),
  }),
  fc.record({ kind: fc.constantFrom('string_check', 'format', 'overlong', 'process'), name }),
);

/** Only settings that no rule between two fields looks at. */
const change = fc.record(
  {
    step: fc.integer({ min: 1, max: 5000 }),
    learningRate: fc.double({ min: 0, max: 1, noNaN: true }),
    temperature: fc.double({ min: 0, max: 5, minExcluded: true, noNaN: true }),
    rewards: fc.uniqueArray(rewardSpec, { maxLength: 3, selector: (one) => one.name }),
  },
  { requiredKeys: ['step'] },
);

function valueOf(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'integer':
      return fc.integer({ min: field.min, max: field.max });
    case 'number':
      return fc.double({
        min: field.min,
        max: field.max,
        minExcluded: field.aboveMin ?? false,
        noNaN: true,
      });
    case 'boolean':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...field.choices.map(({ value }) => value));
    case 'numbers':
      return fc.array(fc.double({ min: field.min, max: field.max, noNaN: true }), {
        maxLength: field.maxLength,
      });
    case 'rows': {
      const cell = fc.string({ maxLength: 8 });
      return fc.array(fc.oneof(fc.tuple(cell, cell), fc.tuple(cell, cell, cell)), {
        maxLength: 4,
      });
    }
    case 'hash':
      return fc.stringMatching(/^([0-9a-f]{64})?$/);
    case 'rewards':
      return fc.uniqueArray(rewardSpec, {
        maxLength: field.maxLength,
        selector: ({ name }) => name,
      });
    case 'changes':
      return fc
        .uniqueArray(change, { maxLength: 4, selector: ({ step }) => step })
        .map((changes) => changes.toSorted((a, b) => a.step - b.step));
  }
}

const fields = Object.fromEntries(
  Object.entries(configTable as Record<string, Field>).map(([name, field]) => [
    name,
    valueOf(field),
  ]),
);

/**
 * Any subset of the fields with values their own ranges allow, and the cross-field rules kept:
 * where they refuse the method's settings, those are left at their defaults.
 */
export const validInput: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(fc.record(fields, { requiredKeys: [] }), fc.integer({ min: 1, max: 16 }))
  .map(([input, groups]): Record<string, unknown> => {
    const group = Number(input.numGenerations ?? configTable.numGenerations.default);
    const weights = (input.rewardWeights ?? []) as number[];
    const whole: Record<string, unknown> = {
      ...input,
      generationBatchSize: group * groups,
      rewardWeights: weights.every((weight) => weight === 0) ? [] : weights,
    };
    if (parseConfig(whole).config) return whole;
    const plain: ReadonlySet<string> = new Set(presetFields);
    return Object.fromEntries(Object.entries(whole).filter(([field]) => !plain.has(field)));
  });

export const validConfig: fc.Arbitrary<RunConfig> = validInput.map((input) => {
  const { config, problems } = parseConfig(input);
  if (!config) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return config;
});
