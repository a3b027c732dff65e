/** Whatever comes in: a whole valid config or a list of problems, never an exception. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedFields, fieldNames, parseConfig } from '../../src/rft/config.ts';
import { validConfig, validInput } from './configArbitrary.ts';

/** Objects whose keys are often real field names, with any JSON behind them. */
const nearConfig = fc.dictionary(
  fc.oneof(fc.constantFrom<string>(...fieldNames), fc.string()),
  fc.jsonValue(),
);

test('a valid config survives JSON without problems', () => {
  fc.assert(
    fc.property(validConfig, (config) => {
      const parsed = parseConfig(JSON.parse(JSON.stringify(config)));
      expect(parsed).toEqual({ config, problems: [] });
    }),
  );
});

test('a valid config comes back from its changed fields alone', () => {
  fc.assert(
    fc.property(validConfig, (config) => {
      expect(parseConfig(changedFields(config)).config).toEqual(config);
    }),
  );
});

test('any JSON gives a config or problems', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), nearConfig), (input) => {
      const { config, problems } = parseConfig(input);
      expect(config === null).toBe(problems.length > 0);
      if (config) expect(Object.keys(config)).toEqual(fieldNames);
    }),
  );
});

test('spoiling n fields gives problems at just these', () => {
  fc.assert(
    fc.property(validInput, fc.subarray([...fieldNames], { minLength: 1 }), (input, spoilt) => {
      const spoiled = { ...input, ...Object.fromEntries(spoilt.map((name) => [name, {}])) };
      const found = new Set(parseConfig(spoiled).problems.map(({ field }) => field));
      for (const name of spoilt) expect(found).toContain(name);
      // Taking one of two related fields away may leave the other without a partner.
      found.delete('generationBatchSize');
      for (const name of found) expect(spoilt).toContain(name);
    }),
  );
});
