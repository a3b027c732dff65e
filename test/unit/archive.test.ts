/**
 * A trained run to a file and back: everything comes back bit for bit and goes on to the same bits;
 * a run that is here already is recognised, and one that differs becomes a copy.
 */
import { rm } from 'node:fs/promises';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPolicyFolder } from '../../models/policyFolder.ts';
import { parseSafetensors } from '../../models/safetensors.ts';
import { readReceipt, receiptOf } from '../../src/rft/receipt.ts';
import { exportFile } from '../../workers/archive/exportRun.ts';
import { importRun } from '../../workers/archive/importRun.ts';
import { metricsText, readMetrics } from '../../workers/archive/records.ts';
import { createMemoryStore } from '../../workers/memoryStore.ts';
import { exported, readBytes, trainedRun, type Store, type Trained } from './archiveFixture.ts';
import { digest } from './digest.ts';
import { newest, openTrainer, withoutTimes } from './trainerHarness.ts';

let trained: Trained;
let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  trained = await trainedRun();
  bytes = await exported(trained);
});

afterAll(() => rm(trained.policies, { recursive: true }));

const imported = async (store: Store, file = bytes) =>
  importRun(store, await readBytes(trained, file), () => 'another-id');

const contents = async (store: Store, runId: string) => {
  const whole = await store.wholeRun(runId);
  const headers = whole?.headers ?? [];
  const tensors = await Promise.all(headers.map((header) => store.sealedTensors(header)));
  return { whole, tensors: tensors.map((bytes) => bytes && digest(bytes)) };
};

test('a run comes back as it was, with the same seals', async () => {
  const store = createMemoryStore();
  expect(await imported(store)).toEqual({
    ...{ runId: trained.runId, how: 'new', step: 6, checkpoints: 3 },
    name: (await trained.store.getRun(trained.runId)).name,
  });
  const there = await contents(store, trained.runId);
  expect(there.tensors.every((tensors) => tensors !== null)).toBe(true);
  const here = await contents(trained.store, trained.runId);
  const run = { ...here.whole!.run, imported: true }; // and nothing else
  expect(there).toEqual({ ...here, whole: { ...here.whole, run } });
  // Exported again, it is the same file.
  expect(digest(await exported({ ...trained, store }))).toBe(digest(bytes));
});

test('an imported run goes on to the same bits, from any checkpoint', async () => {
  const end = await newest(trained.store, trained.runId);
  for (const step of [2, 4]) {
    const store = createMemoryStore();
    await imported(store);
    const { trainer } = await openTrainer(trained.policies, {}, store);
    const checkpointId = `${trained.runId}:${step}`;
    await trainer.resume(trained.runId, { checkpointId });
    await trainer.settled();
    expect((await newest(store, trained.runId)).digest).toBe(end.digest);
    const rows = await store.metrics(trained.runId);
    expect(rows.map(withoutTimes)).toEqual(
      (await trained.store.metrics(trained.runId)).map(withoutTimes),
    );
  }
});

test('an imported run stays known as one, and so do its forks', async () => {
  const store = createMemoryStore();
  await imported(store);
  const { trainer } = await openTrainer(trained.policies, {}, store);
  const checkpointId = `${trained.runId}:4`;
  await trainer.resume(trained.runId, { checkpointId });
  await trainer.settled();
  expect((await store.getRun(trained.runId)).imported).toBe(true);
  const { config } = await store.getRun(trained.runId);
  const fork = await trainer.fork(trained.runId, checkpointId, config);
  await trainer.settled();
  expect((await store.getRun(fork)).imported).toBe(true);
  const own = await trainer.start(config);
  await trainer.settled();
  expect(await store.getRun(own)).not.toHaveProperty('imported');
  expect(await trained.store.getRun(trained.runId)).not.toHaveProperty('imported');
});

test('a finished run’s receipt is in the file', async () => {
  const { receipt } = readReceipt(JSON.parse(strFromU8(unzipSync(bytes)['receipt.json']!)));
  const [run, rows] = [
    await trained.store.getRun(trained.runId),
    await trained.store.metrics(trained.runId),
  ];
  expect(receipt).toEqual(receiptOf(run, rows));
  expect(receipt!.milestones.map(({ step }) => step)).toEqual([0, 6]);
});

test('the file holds what it says, for other programs too', async () => {
  const lines = new Blob(['{"step":1}\n']);
  const file = await exported(trained, 'newest', { lines, steps: 1, note: '' });
  const files = unzipSync(file);
  expect(Object.keys(files)).toEqual([
    ...['config.json', 'metrics.jsonl', 'metrics.csv', 'receipt.json', 'rollouts.jsonl'],
    ...['README.md', 'config.json', 'tokenizer.json', 'model.safetensors'].map(
      (name) => `policy/${name}`,
    ),
    ...['checkpoints/step-6.json', 'checkpoints/step-6.safetensors', 'manifest.json'],
  ]);
  const text = (name: string) => new TextDecoder().decode(files[name]);
  expect(text('rollouts.jsonl')).toBe('{"step":1}\n');
  expect(text('metrics.csv').split('\r\n')[0]).toMatch(/^step,.*eval_greedy/);
  expect(text('policy/README.md')).toContain('6 of 6 steps');
  const policy = readPolicyFolder({
    'config.json': files['policy/config.json']!,
    'tokenizer.json': files['policy/tokenizer.json']!,
    'model.safetensors': files['policy/model.safetensors']!,
  });
  const { byName } = await newest(trained.store, trained.runId);
  for (const [name, tensor] of policy.tensors) expect(tensor).toEqual(byName.get(name));
  // The file with one checkpoint is one of the run that is here.
  expect((await imported(trained.store, file)).how).toBe('same');
});

test('an imported run is exported to the same bytes, completions included', async () => {
  const lines = new Blob(['{"step":1,"completion":"é"}\n', '{"step":2}\n']);
  const file = await exported(trained, 'all', { lines, steps: 2, note: 'Of two steps.' });
  const store = createMemoryStore();
  const { runId } = await imported(store, file);
  const elsewhere = { ...trained, store, runId };
  expect(await exported(elsewhere)).toEqual(file);
  // What the page holds of the steps since then follows.
  const since = { lines: new Blob(['{"step":3}\n']), steps: 1, note: 'Of one.' };
  const longer = unzipSync(await exported(elsewhere, 'all', since));
  expect(new TextDecoder().decode(longer['rollouts.jsonl'])).toBe(
    '{"step":1,"completion":"é"}\n{"step":2}\n{"step":3}\n',
  );
  expect(JSON.parse(new TextDecoder().decode(longer['manifest.json']))).toMatchObject({
    rollouts: { steps: 3, note: 'Imported: Of two steps. Since then: Of one.' },
  });
  // A run that was made here, or came without, has none.
  expect(await trained.store.packedRollouts(trained.runId)).toBeNull();
  const bare = createMemoryStore();
  await imported(bare);
  expect(await bare.packedRollouts(runId)).toBeNull();
});

test('the policy of any checkpoint can be had alone', async () => {
  const checkpointId = `${trained.runId}:4`;
  const { runId } = trained;
  const weights = await exportFile(trained, { kind: 'weights', runId, checkpointId });
  expect(weights.name).toMatch(/^[a-z0-9-]+-step-4\.safetensors$/);
  const { tensors, metadata } = parseSafetensors(new Uint8Array(await weights.file.arrayBuffer()));
  expect(metadata).toEqual({ format: 'pt' });
  const { checkpoint } = await trained.store.loadCheckpoint(runId, checkpointId);
  const all = parseSafetensors(checkpoint.tensors).tensors;
  for (const [name, tensor] of tensors) expect(tensor).toEqual(all.get(name));
  const folder = await exportFile(trained, { kind: 'folder', runId, checkpointId });
  const files = unzipSync(new Uint8Array(await folder.file.arrayBuffer()));
  expect(files['model.safetensors']).toEqual(new Uint8Array(await weights.file.arrayBuffer()));
  expect(Object.keys(files).sort()).toEqual(
    ['README.md', 'config.json', 'model.safetensors', 'tokenizer.json'].sort(),
  );
});

test('what is here already is recognised, and nothing is overwritten', async () => {
  const store = createMemoryStore();
  await imported(store);
  const before = await contents(store, trained.runId);
  expect((await imported(store)).how).toBe('same');
  expect(await contents(store, trained.runId)).toEqual(before);
});

test('a run that is here is told by the name that it has here', async () => {
  const store = createMemoryStore();
  const { whole, tensors } = await readBytes(trained, bytes);
  await store.putWholeRun({ ...whole, run: { ...whole.run, name: 'renamed' } }, tensors, null);
  expect(await imported(store)).toMatchObject({ how: 'same', name: 'renamed' });
});

test('a file that became a copy is recognised when it comes again', async () => {
  const store = createMemoryStore();
  const { whole, tensors } = await readBytes(trained, bytes);
  // A run of the same id that went another way.
  await store.putWholeRun({ ...whole, rows: whole.rows.slice(0, 2) }, tensors, null);
  const first = await imported(store);
  expect(first.how).toBe('copy');
  expect(await imported(store)).toEqual({ ...first, how: 'same' });
  // Without one of its checkpoints it is not what the file holds.
  const copied = (await store.wholeRun(first.runId))!;
  const poorer: Store = {
    ...store,
    wholeRun: async (id) =>
      id === first.runId ? { ...copied, headers: copied.headers.slice(1) } : store.wholeRun(id),
  };
  expect(await imported(poorer)).toMatchObject({ how: 'copy', runId: 'another-id' });
});

test('a run that differs under the same id becomes a copy that stands on its own', async () => {
  const store = createMemoryStore();
  await imported(store);
  const other = await trainedRun({ seed: 99 });
  const { how, runId, name } = await imported(store, await exported(other));
  expect({ how, runId }).toEqual({
    how: 'copy',
    runId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  });
  expect(name).toMatch(/seed 99 \(imported\)$/);
  expect((await contents(store, trained.runId)).tensors).toEqual(
    (await contents(trained.store, trained.runId)).tensors,
  );
  // The same bits under new seals; it can go on.
  expect((await contents(store, runId)).tensors).toEqual(
    (await contents(other.store, other.runId)).tensors,
  );
  const { trainer } = await openTrainer(other.policies, {}, store);
  await trainer.resume(runId, { checkpointId: `${runId}:4` });
  await trainer.settled();
  expect((await newest(store, runId)).digest).toBe((await newest(other.store, other.runId)).digest);
  await rm(other.policies, { recursive: true });
});

test('metrics keep every bit as text, minus zero too', () => {
  const rows = [
    { step: 0, values: { a: 0.1 + 0.2, b: -0, c: 5e-324 } },
    { step: 1, values: { 'rewards/x "y"/mean': 1.7976931348623157e308 } },
  ];
  const read = readMetrics(new TextEncoder().encode(metricsText(rows)), 'metrics.jsonl');
  expect(read).toEqual(rows);
  expect(Object.is(read[0]!.values['b'], -0)).toBe(true);
});
