/**
 * Archives that a stranger made to do harm, or that were damaged on the way: each is refused, with
 * the reason in words. Where a trick is inside a file, all checksums fit it.
 */
import { rm } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CodedError } from '../../models/errors.ts';
import { packReceipt, readReceipt, type PackedReceipt } from '../../src/rft/receipt.ts';
import { parseSafetensors, writeSafetensors } from '../../models/safetensors.ts';
import type { NamedArray } from '../../models/safetensors.ts';
import {
  exported,
  jsonBytes,
  jsonOf,
  readBytes,
  trainedRun,
  withCheckpoint,
  withHonestSums,
  zipOf,
  type Files,
  type Trained,
} from './archiveFixture.ts';
import { craftZip, type CraftedEntry } from './craftedZip.ts';

let trained: Trained;
let bytes: Uint8Array<ArrayBuffer>;
let files: Files;

beforeAll(async () => {
  trained = await trainedRun();
  bytes = await exported(trained, 'newest');
  files = unzipSync(bytes);
});

afterAll(() => rm(trained.policies, { recursive: true }));

async function refusal(file: Uint8Array): Promise<string> {
  try {
    await readBytes(trained, file);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    expect(error.message).toMatch(/^This file was not imported: .*\. (Nothing|Reload)/s);
    return `${error.code} ${error.message} ${error.detail ?? ''}`;
  }
}

const entriesOf = (all: Files): CraftedEntry[] =>
  Object.entries(all).map(([name, data]) => ({ name, data }));

const some = new TextEncoder().encode('some text');

/** The genuine files and one entry more. */
const withEntry = (entry: Partial<CraftedEntry>) =>
  craftZip([...entriesOf(files), { name: 'rollouts.jsonl', data: some, ...entry }]);

/** The genuine files, one of them told wrongly. */
const withLie = (name: string, lie: Partial<CraftedEntry>) =>
  craftZip(entriesOf(files).map((entry) => (entry.name === name ? { ...entry, ...lie } : entry)));

test('rebuilt without a change, a file is accepted', async () => {
  expect(await refusal(zipOf(withHonestSums(files)))).toBe('accepted');
  expect(await refusal(withLie('policy/model.safetensors', { deflated: true }))).toBe('accepted');
});

const sizeOf = (name: string): number => files[name]!.length;

const zeros = (length: number): Uint8Array => new Uint8Array(length);

describe('receipt', () => {
  const withReceipt = (receipt: unknown) =>
    refusal(zipOf(withHonestSums({ ...files, 'receipt.json': jsonBytes(receipt) })));
  const own = () => jsonOf(files['receipt.json']) as unknown as PackedReceipt;

  test('one that was altered', async () => {
    expect(await withReceipt({ ...own(), device: 'another' })).toMatch(
      /does not match its own digest/,
    );
  });

  test('one that is whole, but of another run', async () => {
    const { receipt } = readReceipt(own());
    const other = packReceipt({ ...receipt!, device: 'another' });
    expect(await withReceipt(other)).toMatch(/not that of its run/);
  });

  test('no receipt at all', async () => {
    expect(await withReceipt([])).toMatch(/not one that this page can read/);
  });
});

describe('zip', () => {
  const cases: Record<string, [make: () => Uint8Array, why: RegExp]> = {
    'no zip': [() => new TextEncoder().encode('<html>no such page</html>'), /no zip file/],
    nothing: [() => zeros(0), /no zip file/],
    'cut short': [() => bytes.subarray(0, bytes.length - 100), /no zip file/],
    'its first half lost': [() => bytes.subarray(bytes.length / 2), /not where it should be/],
    'bytes in front': [() => Buffer.concat([some, bytes]), /not where it should be/],
    'bytes behind': [() => Buffer.concat([bytes, some]), /no zip file/],
    'too many entries': [
      () => craftZip(Array.from({ length: 1025 }, (_, i) => ({ name: `f${i}`, data: some }))),
      /1025 entries/,
    ],
    'more entries than told': [() => craftZip(entriesOf(files), 3), /contents is damaged/],
    'fewer entries than told': [() => craftZip(entriesOf(files), 30), /contents is damaged/],
    'a path upwards': [() => withEntry({ name: '../rollouts.jsonl' }), /out of its folder/],
    'a path upwards inside': [() => withEntry({ name: 'policy/../../x' }), /out of its folder/],
    'an absolute path': [() => withEntry({ name: '/etc/passwd' }), /root of the disk/],
    'a drive': [() => withEntry({ name: 'C:x' }), /drive/],
    'a backslash': [() => withEntry({ name: 'policy\\x' }), /backslash/],
    'a NUL': [() => withEntry({ name: 'config.json\0.exe' }), /NUL/],
    'a long name': [() => withEntry({ name: 'x'.repeat(5000) }), /too long/],
    'no name': [() => withEntry({ name: '' }), /without a name/],
    'a name that looks like another': [() => withEntry({ name: './config.json' }), /unusual/],
    'a name with a newline': [() => withEntry({ name: 'a\nb' }), /unusual/],
    'the same name twice': [() => withEntry({ name: 'config.json' }), /same name/],
    'the same name in capitals': [() => withEntry({ name: 'Config.json' }), /same name/],
    'a symbolic link': [() => withEntry({ says: { mode: 0xa1ff } }), /a link/],
    'a device': [() => withEntry({ says: { mode: 0x21ff } }), /special file/],
    encrypted: [() => withEntry({ says: { flags: 1 } }), /encrypted/],
    'another packing': [() => withEntry({ says: { method: 12 } }), /packed in a way/],
    'a folder with contents': [() => withEntry({ name: 'policy/' }), /folder with contents/],
    'two entries of the same bytes': [() => withEntry({ says: { offset: 0 } }), /same bytes/],
    'two names of one entry': [
      () => withLie('config.json', { localName: 'config_json' }),
      /two names/,
    ],
    'sizes that contradict each other': [() => withEntry({ says: { size: 8 } }), /contradict/],
    'an entry beyond the end': [
      () => withEntry({ says: { packed: 2 ** 31, size: 2 ** 31 } }),
      /beyond the end/,
    ],
    'a bomb': [() => withEntry({ data: zeros(20e6), deflated: true }), /zip bomb/],
    'a bomb that tells a lie': [
      () =>
        withLie('metrics.csv', {
          data: zeros(20e6),
          deflated: true,
          says: { size: sizeOf('metrics.csv') },
        }),
      /longer than it says/,
    ],
    'many bombs': [
      () =>
        craftZip(
          Array.from({ length: 24 }, (_, i) => ({
            ...{ name: `f${i}`, data: zeros(530_000) },
            says: { size: 32 * 2 ** 20, method: 8 },
          })),
        ),
      /contents would take 768 MiB/,
    ],
    'bytes behind a stream': [
      () =>
        withLie('metrics.csv', {
          data: new Uint8Array([3, 0, ...new Array<number>(200_000).fill(7)]),
          says: { method: 8, size: sizeOf('metrics.csv') },
        }),
      /metrics.csv in it is damaged.* bytes behind its end/,
    ],
    'no deflate stream': [
      () => withLie('config.json', { says: { method: 8 } }),
      /config.json in it is (damaged|longer)/,
    ],
    'a wrong CRC-32': [() => withLie('config.json', { says: { crc: 1 } }), /CRC-32/],
    'a wrong length': [
      () =>
        withLie('config.json', {
          deflated: true,
          says: { size: files['config.json']!.length + 1 },
        }),
      /size that the manifest says/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [make, why]) => {
    expect(await refusal(make())).toMatch(why);
  });
});

const manifestOf = (): Record<string, unknown> => jsonOf(files['manifest.json']);
const partOf = (name: 'run' | 'files'): Record<string, unknown> =>
  manifestOf()[name] as Record<string, unknown>;

const withFile = (name: string, data: Uint8Array | string) =>
  zipOf(
    withHonestSums({
      ...files,
      [name]: typeof data === 'string' ? new TextEncoder().encode(data) : data,
    }),
  );

const without = (name: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([key]) => key !== name));

const withRun = (changes: Record<string, unknown>) =>
  zipOf(withHonestSums(files, { run: { ...partOf('run'), ...changes } }));

describe('manifest', () => {
  const cases: Record<string, [make: () => Uint8Array, why: RegExp]> = {
    'is missing': [() => zipOf(without('manifest.json')), /no manifest/],
    'is no JSON': [() => zipOf({ ...files, 'manifest.json': some }), /is not JSON/],
    'is no text': [
      () => zipOf({ ...files, 'manifest.json': new Uint8Array([0xff, 0xfe]) }),
      /is no text/,
    ],
    'is of something else': [
      () => zipOf(withHonestSums(files, { format: 'epub' })),
      /no run of this playground/,
    ],
    'is null': [() => zipOf({ ...files, 'manifest.json': jsonBytes(null) }), /no run of this/],
    'is of a newer version': [
      () => zipOf(withHonestSums(files, { version: 2, surprise: true })),
      /newer-archive .*the file was written by a newer version/,
    ],
    'is of a newer schema': [
      () => zipOf(withHonestSums(files, { schemaVersion: 9 })),
      /newer-archive .*the run was written by a newer version/,
    ],
    'has a field more': [() => zipOf(withHonestSums(files, { more: 1 })), /not as this page/],
    'leaves a file out': [
      () => zipOf({ ...files, 'rollouts.jsonl': jsonBytes({}) }),
      /does not list rollouts.jsonl/,
    ],
    'lists what is not there': [
      () =>
        zipOf({
          ...files,
          'manifest.json': jsonBytes({
            ...manifestOf(),
            files: {
              ...partOf('files'),
              'x.txt': { bytes: 1, sha256: 'abababab' },
            },
          }),
        }),
      /"x.txt", which is not there/,
    ],
    'tells another size': [
      () => zipOf({ ...files, 'config.json': Buffer.concat([files['config.json']!, some]) }),
      /config.json has not the size/,
    ],
    'tells another SHA-256': [
      () => {
        const changed = files['policy/README.md']!.slice();
        changed[100]! ^= 1;
        return zipOf({ ...files, 'policy/README.md': changed });
      },
      /README.md has not the SHA-256/,
    ],
    'belongs to a file that no run has': [() => withFile('evil.exe', some), /"evil.exe"/],
    'is of a run without checkpoints': [
      () => zipOf(withHonestSums({ ...without('checkpoints/step-6.safetensors') })),
      /a file is missing/,
    ],
    'is of a run with half a checkpoint': [
      () => withFile('checkpoints/step-4.json', files['checkpoints/step-6.json']!),
      /lacks one of its two files/,
    ],
    'names an id that is a path': [() => withRun({ id: '../x' }), /not as this page writes it/],
    'tells a time that is none': [() => withRun({ createdAt: 1e300 }), /not as this page/],
    'tells an impossible accuracy': [() => withRun({ evalGreedy: 7 }), /not as this page/],
    'tells another step': [() => withRun({ step: 5 }), /last checkpoint is not of the step/],
    'names a base that is not here': [
      () => withRun({ policyHash: 'deadbeefdeadbeef' }),
      /unknown-base .*base policy “base-0.4M” that this page does not have/,
    ],
    'names another run than its checkpoints': [() => withRun({ id: 'x' }), /another run or step/],
  };
  test.each(Object.entries(cases))('%s', async (_, [make, why]) => {
    expect(await refusal(make())).toMatch(why);
  });
});

const configWith = (changes: Record<string, unknown>) =>
  withFile('config.json', jsonBytes({ ...jsonOf(files['config.json']), ...changes }));

/** The newest checkpoint's tensors, changed and sealed anew. */
function withTensors(
  change: (tensors: Map<string, NamedArray>, notes: Record<string, string>) => void,
) {
  return zipOf(
    withHonestSums(
      withCheckpoint(files, 6, (draft) => {
        const { tensors, metadata } = parseSafetensors(draft.tensors);
        change(tensors, metadata);
        return { ...draft, tensors: writeSafetensors(tensors, metadata) };
      }),
    ),
  );
}

/** A safetensors file with this header and so many bytes of data. */
function rawTensors(header: unknown, dataBytes: number): Uint8Array {
  const text = jsonBytes(header);
  const all = new Uint8Array(8 + text.length + dataBytes);
  new DataView(all.buffer).setBigUint64(0, BigInt(text.length), true);
  all.set(text, 8);
  return all;
}

const withRawTensors = (header: unknown, dataBytes: number) =>
  zipOf(
    withHonestSums(
      withCheckpoint(files, 6, (draft) => ({ ...draft, tensors: rawTensors(header, dataBytes) })),
    ),
  );

const f32 = (start: number, end: number, shape = [(end - start) / 4]) => ({
  ...{ dtype: 'F32', shape, data_offsets: [start, end] },
});

describe('contents', () => {
  const cases: Record<string, [make: () => Uint8Array, why: RegExp]> = {
    'settings out of range': [() => configWith({ learningRate: -1 }), /settings .* does not take/],
    'unknown settings': [() => configWith({ runThis: 'x' }), /no setting of this name/],
    'settings that are a list': [() => withFile('config.json', '[]'), /set of settings/],
    'an unknown policy': [() => configWith({ policy: 'gpt-9' }), /settings .* does not take/],
    'settings nested a million deep': [
      () => withFile('config.json', `{"rewards":${'['.repeat(4e5)}${']'.repeat(4e5)}}`),
      /settings .* does not take/,
    ],
    'metrics with NaN': [() => withFile('metrics.jsonl', '{"step":0,"a":NaN}\n'), /not JSON/],
    'metrics with a text': [() => withFile('metrics.jsonl', '{"step":0,"a":"x"}\n'), /line 1 of/],
    'metrics out of order': [
      () => withFile('metrics.jsonl', '{"step":2}\n{"step":1}\n'),
      /not in order/,
    ],
    'metrics of steps to come': [() => withFile('metrics.jsonl', '{"step":7}\n'), /go on after/],
    'metrics cut short': [() => withFile('metrics.jsonl', '{"step":0}\n{"st'), /middle of a line/],
    'metrics without end': [
      () => withFile('metrics.jsonl', '{"step":0}\n'.repeat(5002)),
      /too many lines/,
    ],
    'NaN weights': [
      () => withTensors((all) => (all.get('lm_head.weight')!.data[3] = NaN)),
      /damaged: tensor lm_head.weight holds NaN at element 3/,
    ],
    'infinite moments': [
      () => withTensors((all) => (all.get('optimizer.m')!.data[0] = -Infinity)),
      /optimizer.m holds -Infinity/,
    ],
    'a tensor of another shape': [
      () =>
        withTensors((all) => {
          const { data, shape } = all.get('lm_head.weight')!;
          all.set('lm_head.weight', { data, shape: shape.toReversed() });
        }),
      /lm_head.weight should be 63 × 64 and is 64 × 63/,
    ],
    'a tensor missing': [
      () => withTensors((all) => all.delete('model.norm.weight')),
      /model.norm.weight should be 64 and is missing/,
    ],
    'a tensor too many': [
      () => withTensors((all) => all.set('extra', { shape: [1], data: new Float32Array(1) })),
      /tensors that no checkpoint has/,
    ],
    'counters that disagree': [
      () => withTensors((_, notes) => (notes['step'] = '5')),
      /contradict each other/,
    ],
    'counters that are none': [
      () => withTensors((_, notes) => (notes['updates'] = 'many')),
      /contradict each other/,
    ],
    'tensors that overlap': [
      () => withRawTensors({ a: f32(0, 8), b: f32(4, 12) }, 12),
      /b starts at byte 4 where 8 was expected/,
    ],
    'tensors out of range': [
      () => withRawTensors({ a: f32(0, 800) }, 12),
      /need 800 bytes of data and it holds 12/,
    ],
    'tensors with a gap': [() => withRawTensors({ a: f32(4, 12) }, 12), /starts at byte 4/],
    'a tensor of 2⁸⁰ numbers': [
      () => withRawTensors({ a: f32(0, 8, [2 ** 40, 2 ** 40]) }, 8),
      /has 8 bytes; its shape/,
    ],
    'a header that is longer than the file': [
      () =>
        zipOf(
          withHonestSums(
            withCheckpoint(files, 6, (draft) => ({
              ...draft,
              tensors: new Uint8Array([255, 255, 255, 0, 0, 0, 0, 0, 1]),
            })),
          ),
        ),
      /header claims/,
    ],
    'a broken seal': [
      () => {
        const changed = files['checkpoints/step-6.safetensors']!.slice();
        changed[changed.length - 2]! ^= 1;
        return withFile('checkpoints/step-6.safetensors', changed);
      },
      /does not match the checksum in its header/,
    ],
    'a checkpoint of other settings': [
      () =>
        zipOf(
          withHonestSums(
            withCheckpoint(files, 6, (draft) => ({
              ...draft,
              rngCounters: { ...draft.rngCounters, seed: 77 },
            })),
          ),
        ),
      /contradict each other/,
    ],
    'a checkpoint of a newer schema': [
      () => {
        const header = jsonOf(files['checkpoints/step-6.json']);
        return withFile('checkpoints/step-6.json', jsonBytes({ ...header, schemaVersion: 9 }));
      },
      /newer-archive/,
    ],
    'a policy of another shape': [
      () => {
        const config = jsonOf(files['policy/config.json']);
        return withFile('policy/config.json', jsonBytes({ ...config, num_hidden_layers: 2 }));
      },
      /its policy: model.safetensors does not fit config.json/,
    ],
    'a policy with NaN': [
      () => {
        const changed = files['policy/model.safetensors']!.slice();
        changed.fill(0xff, changed.length - 4);
        return withFile('policy/model.safetensors', changed);
      },
      /its policy: .* holds NaN/,
    ],
    'a tokenizer that is no JSON': [
      () => withFile('policy/tokenizer.json', '{'),
      /its policy: tokenizer.json: it is not JSON/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [make, why]) => {
    expect(await refusal(make())).toMatch(why);
  });
});
