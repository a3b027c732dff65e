/** Sizes in an archive, and numbers: what is too large or makes no sense is refused, with the reason. */
import { rm } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSafetensors, writeSafetensors } from '../../models/safetensors.ts';
import type { RecipeChange } from '../../src/rft/changeable.ts';
import { bytesSource } from '../../workers/archive/byteSource.ts';
import { limits } from '../../workers/archive/limits.ts';
import { packRollouts } from '../../workers/archive/packedRollouts.ts';
import { metricsText, readMetrics } from '../../workers/archive/records.ts';
import { readDirectory } from '../../workers/archive/zipDirectory.ts';
import { unpackWhole } from '../../workers/archive/zipEntry.ts';
import {
  exported,
  readBytes,
  trainedRun,
  withCheckpoint,
  withHonestSums,
  zipOf,
  type Store,
  type Trained,
} from './archiveFixture.ts';
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

test('completions that do not pack are kept up to a limit, and refused beyond it', () => {
  const noise = new Uint8Array(2 ** 20);
  for (let i = 0, x = 1; i < noise.length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    noise[i] = x >>> 24;
  }
  const packer = packRollouts();
  const most = limits.packedRollouts / noise.length;
  for (let piece = 1; piece < most; piece++) packer.push(noise);
  expect(() => {
    for (let piece = 0; piece < 2; piece++) packer.push(noise);
    packer.end();
  }).toThrow(/its completions, packed, would take 32 MiB, and at most 32 MiB are read/);
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

describe('a run', () => {
  let trained: Trained;
  beforeAll(async () => {
    trained = await trainedRun();
  });
  afterAll(() => rm(trained.policies, { recursive: true }));

  test('whose settings importing would refuse for their size is not exported', async () => {
    const { store } = trained;
    const source = `function reward() { return 0; } // ${'x'.repeat(19_000)}`;
    const rewards = Array.from({ length: 12 }, (_, i) => ({
      ...({ kind: 'code', name: `code${i}`, source, range: [0, 1] } as const),
    }));
    const changed = (changes: RecipeChange[]): Store => ({
      ...store,
      async wholeRun(runId) {
        const { run, rows, headers } = (await store.wholeRun(runId))!;
        const config = { ...run.config, changes };
        const other = headers.map((header) => ({ ...header, config }));
        return { run: { ...run, config }, rows, headers: other };
      },
      async sealedTensors({ id }) {
        const { headers } = (await store.wholeRun(trained.runId))!;
        return store.sealedTensors(headers.find((header) => header.id === id)!);
      },
    });
    const steps = [2, 3, 4, 5, 6];
    const much = changed(steps.map((step) => ({ step, rewards })));
    await expect(exported({ ...trained, store: much })).rejects.toMatchObject({
      code: 'export-too-large',
      message: expect.stringMatching(
        /^This run is too large for a file: its config.json would take 1\.1 MiB, and at most 1 MiB/,
      ) as string,
    });
    await exported({ ...trained, store: changed([{ step: 2, rewards }]) });
  });

  test('with a negative second moment, which has no root, is refused', async () => {
    const files = unzipSync(await exported(trained, 'newest'));
    const negative = withCheckpoint(files, 6, (draft) => {
      const { tensors, metadata } = parseSafetensors(draft.tensors);
      tensors.get('optimizer.v')!.data[5] = -1e-12;
      return { ...draft, tensors: writeSafetensors(tensors, metadata) };
    });
    await expect(readBytes(trained, zipOf(withHonestSums(negative)))).rejects.toMatchObject({
      code: 'refused-archive',
      message: expect.stringMatching(
        /step-6.safetensors holds a negative number in optimizer.v/,
      ) as string,
    });
  });
});
