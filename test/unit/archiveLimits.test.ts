/** Sizes in an archive: what is too large is refused before work is done on it. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../workers/archive/limits.ts';
import { metricsText, readMetrics } from '../../workers/archive/records.ts';

describe('a line of the metrics', () => {
  const read = (text: string) => readMetrics(new TextEncoder().encode(text), 'metrics.jsonl');

  test('of the most metrics with the longest names is read', () => {
    const key = (i: number) => `rewards/${`${i}`.padStart(40, 'x')}/mean`;
    const values = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [key(i), -1 / 3e-300]));
    const text = metricsText([{ step: 1, values }]);
    expect(text.length).toBeLessThan(limits.metricsLine / 2);
    expect(read(text)).toEqual([{ step: 1, values }]);
  });

  test('that is longer is refused before it is parsed', () => {
    const long = `{"step":0}\n${'['.repeat(limits.metricsLine + 1)}\n`;
    expect(() => read(long)).toThrow(/line 2 of metrics.jsonl is too long/);
  });
});
