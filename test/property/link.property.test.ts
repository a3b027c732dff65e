/** Links: any config survives, any damage is noticed, nothing throws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import { decodeLink, encodeLink } from '../../src/rft/link.ts';
import { validConfig } from './configArbitrary.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

test('config -> link -> the same config', () => {
  fc.assert(
    fc.property(validConfig, (config) => {
      expect(decodeLink(encodeLink(config))).toMatchObject({ config, problem: null });
    }),
  );
});

test('the same recipe has the same link, another recipe another', () => {
  fc.assert(
    fc.property(validConfig, validConfig, (a, b) => {
      expect(encodeLink(structuredClone(a))).toBe(encodeLink(a));
      expect(encodeLink(a) === encodeLink(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test('one changed character is always noticed', () => {
  fc.assert(
    fc.property(
      validConfig,
      fc.nat(),
      fc.constantFrom(...Array.from(ALPHABET)),
      (config, position, character) => {
        const link = encodeLink(config);
        const at = 3 + (position % (link.length - 3));
        fc.pre(link[at] !== character);
        const decoded = decodeLink(link.slice(0, at) + character + link.slice(at + 1));
        expect(decoded.problem?.code).toBe('damaged-link');
        expect(decoded.config).toBe(defaultConfig);
      },
    ),
  );
});

test('a link cut anywhere is noticed', () => {
  fc.assert(
    fc.property(validConfig, fc.nat(), (config, position) => {
      const link = encodeLink(config);
      const decoded = decodeLink(link.slice(0, 1 + (position % (link.length - 1))));
      expect(decoded.problem?.code).toBe('damaged-link');
      expect(decoded.config).toBe(defaultConfig);
    }),
  );
});

test('any text gives the defaults and a problem, and never throws', () => {
  const garbage = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `v1.${text}`),
    fc.base64String().map((text) => `v1.${text}`),
    fc.tuple(fc.nat(), fc.string()).map(([version, text]) => `#v${String(version)}.${text}`),
  );
  fc.assert(
    fc.property(garbage, (text) => {
      fc.pre(text !== '' && text !== '#');
      const decoded = decodeLink(text);
      expect(decoded.config).toBe(defaultConfig);
      expect(decoded.problem).not.toBeNull();
    }),
  );
});
