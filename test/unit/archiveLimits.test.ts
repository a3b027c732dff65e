/** Sizes in an archive: what is too large is refused before work is done on it. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../workers/archive/limits.ts';
import { bytesSource } from '../../workers/archive/byteSource.ts';
import { readDirectory } from '../../workers/archive/zipDirectory.ts';
import { unpackWhole } from '../../workers/archive/zipEntry.ts';
import { metricsText, readMetrics } from '../../workers/archive/records.ts';
import { craftZip } from './craftedZip.ts';

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

describe('an extra field that the table of contents does not tell of', () => {
  const some = new TextEncoder().encode('some text');
  const texts = async (...extras: number[]): Promise<string[]> => {
    const source = bytesSource(
      craftZip(extras.map((localExtra, i) => ({ name: `f${i}`, data: some, localExtra }))),
    );
    const entries = await readDirectory(source);
    const files = await Promise.all(entries.map((entry) => unpackWhole(source, entry)));
    return files.map((file) => new TextDecoder().decode(file));
  };

  test.each([[[0, 0]], [[1, 0]], [[0, 1]], [[0, 0xffff]]])('of %j bytes', async (extras) => {
    if (extras.every((bytes) => bytes === 0)) {
      expect(await texts(...extras)).toEqual(['some text', 'some text']);
      return;
    }
    await expect(texts(...extras)).rejects.toThrow(/two of its entries share the same bytes/);
  });
});
