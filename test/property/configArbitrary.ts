/** Valid configs for property tests, drawn from the config table itself. */
import fc from 'fast-check';
import { parseConfig } from '../../src/rft/config.ts';
import { configTable, type Field, type RunConfig } from '../../src/rft/configTable.ts';

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
  }
}

const fields = Object.fromEntries(
  Object.entries(configTable as Record<string, Field>).map(([name, field]) => [
    name,
    valueOf(field),
  ]),
);

/** Any subset of the fields with values their own ranges allow, and the cross-field rules kept. */
export const validInput: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(fc.record(fields, { requiredKeys: [] }), fc.integer({ min: 1, max: 16 }))
  .map(([input, groups]): Record<string, unknown> => {
    const group = Number(input.numGenerations ?? configTable.numGenerations.default);
    const weights = (input.rewardWeights ?? []) as number[];
    return {
      ...input,
      generationBatchSize: group * groups,
      rewardWeights: weights.every((weight) => weight === 0) ? [] : weights,
    };
  });

export const validConfig: fc.Arbitrary<RunConfig> = validInput.map((input) => {
  const { config, problems } = parseConfig(input);
  if (!config) throw new Error(`internal: ${JSON.stringify(problems)}`);
  return config;
});
