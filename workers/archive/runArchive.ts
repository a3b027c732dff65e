/**
 * Reads a run out of an archive from anywhere and trusts nothing: the table of contents first,
 * then the manifest, then file by file, each within its size, each with its SHA-256. What comes
 * back is whole, of this version, of a base policy that is here, and can be resumed; anything else
 * is refused with the reason. Nothing is written.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CodedError } from '../../models/errors.ts';
import { readPolicyFolder } from '../../models/policyFolder.ts';
import { packReceipt, readReceipt, receiptOf, type ReceiptSource } from '../../src/rft/receipt.ts';
import type { CheckpointHeader } from '../../src/storage/checkpointRecord.ts';
import type { PackedRollouts } from '../../src/storage/database.ts';
import type { WholeRun } from '../../src/storage/wholeRun.ts';
import type { BasePolicy } from '../activeRun.ts';
import type { ByteSource } from './byteSource.ts';
import { isRecipeOf } from './checkpointRecipe.ts';
import { checkCheckpoint, within } from './checkpointFiles.ts';
import { fileKinds, kindOf, names } from './fileKinds.ts';
import { limits, quoted, refuse, requireAtMost } from './limits.ts';
import { packRollouts } from './packedRollouts.ts';
import {
  readConfig,
  readHeader,
  readJson,
  readManifest,
  readMetrics,
  type Manifest,
} from './records.ts';
import { readDirectory, type ZipEntry } from './zipDirectory.ts';
import { unpack, unpackWhole } from './zipEntry.ts';

/** `done` of `total` unpacked bytes. */
export type Progress = (done: number, total: number) => void;

export interface ReadRun {
  whole: WholeRun;
  /** By checkpoint id. */
  tensors: Map<string, Uint8Array>;
  /** Read by nobody here: they go into the run's next file as they came. */
  rollouts: PackedRollouts | null;
}

type LoadPolicy = (name: string) => Promise<BasePolicy>;

type Entries = ReadonlyMap<string, ZipEntry>;

function checkEntries(entries: Entries): void {
  let held = 0;
  for (const { name, size } of entries.values()) {
    const kind = kindOf(name);
    if (!kind) return refuse(`it holds ${quoted(name)}, which is no file of a run`);
    requireAtMost(size, kind.most, name);
    if (kind.held) held += size;
  }
  requireAtMost(held, limits.held, 'the run');
  const missing = fileKinds.find(
    ({ name, optional }) => !optional && ![...entries.keys()].some((key) => name.test(key)),
  );
  if (missing) refuse(`a file is missing, ${missing.name.source.replaceAll(/[\\^$]/g, '')}`);
}

/** A receipt that came along must be whole, and the one that the run's own rows give. */
function checkReceipt(bytes: Uint8Array, run: ReceiptSource, rows: WholeRun['rows']): void {
  const json = readJson(bytes, names.receipt);
  const { receipt, problem } = readReceipt(json);
  if (!receipt) return refuse(`its receipt cannot be trusted. ${problem}`);
  const own = receiptOf(run, rows);
  if (JSON.stringify(own && packReceipt(own)) !== JSON.stringify(packReceipt(receipt))) {
    refuse('its receipt is not that of its run');
  }
}

/** The manifest must name the very files that are there, with their sizes. */
function checkManifest({ files }: Manifest, entries: Entries): void {
  const listed = Object.keys(files);
  const unlisted = [...entries.keys()].find(
    (name) => name !== names.manifest && !listed.includes(name),
  );
  if (unlisted !== undefined) refuse(`its manifest does not list ${unlisted}`);
  const gone = listed.find((name) => name === names.manifest || !entries.has(name));
  if (gone !== undefined) refuse(`its manifest lists ${quoted(gone)}, which is not there`);
  const wrong = listed.find((name) => entries.get(name)!.size !== files[name]!.bytes);
  if (wrong !== undefined) refuse(`${wrong} has not the size that the manifest says`);
}

class Files {
  readonly #source: ByteSource;
  readonly #entries: Entries;
  readonly #manifest: Manifest;
  readonly #onProgress: (bytes: number) => void;

  constructor(
    source: ByteSource,
    entries: Entries,
    manifest: Manifest,
    onProgress: (bytes: number) => void,
  ) {
    this.#source = source;
    this.#entries = entries;
    this.#manifest = manifest;
    this.#onProgress = onProgress;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The file's bytes, once their SHA-256 is what the manifest says. */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (!entry) return refuse(`a file is missing, ${name}`);
    const bytes = await unpackWhole(this.#source, entry);
    this.#checkSum(name, sha256(bytes));
    this.#onProgress(bytes.length);
    return bytes;
  }

  /** The same check for a file that is not kept as it is; `sink` gets its bytes. */
  async pass(name: string, sink: (piece: Uint8Array) => void): Promise<void> {
    const hash = sha256.create();
    await unpack(this.#source, this.#entries.get(name)!, (piece) => {
      hash.update(piece);
      sink(piece);
      this.#onProgress(piece.length);
    });
    this.#checkSum(name, hash.digest());
  }

  #checkSum(name: string, sum: Uint8Array): void {
    if (bytesToHex(sum) === this.#manifest.files[name]!.sha256) return;
    refuse(`${name} has not the SHA-256 that the manifest says`);
  }
}

async function knownBase(
  loadPolicy: LoadPolicy,
  policy: string,
  hash: string,
): Promise<BasePolicy['folder']> {
  const base = await loadPolicy(policy);
  if (base.hash === hash) return base.folder;
  throw new CodedError(
    'unknown-base',
    `This file was not imported: its run started from a version of the base policy “${policy}” ` +
      'that this page does not have, so it could not go on. Nothing was changed.',
    `run ${hash}, here ${base.hash}`,
  );
}

async function readPolicy(files: Files, shapes: BasePolicy['folder']): Promise<void> {
  const { config, tokenizer, weights } = names.policy;
  const folder = {
    'config.json': await files.read(config),
    'tokenizer.json': await files.read(tokenizer),
    'model.safetensors': await files.read(weights),
  };
  const read = within('its policy', () => readPolicyFolder(folder));
  if (JSON.stringify(read.config) === JSON.stringify(shapes.config)) return;
  refuse('its policy is of another shape than the base policy');
}

interface Checkpoints {
  headers: CheckpointHeader[];
  tensors: Map<string, Uint8Array>;
}

async function readCheckpoints(
  files: Files,
  steps: readonly number[],
  { run }: Manifest,
  base: BasePolicy['folder'],
): Promise<Checkpoints> {
  const headers: CheckpointHeader[] = [];
  const tensors = new Map<string, Uint8Array>();
  for (const step of steps) {
    const name = names.tensors(step);
    const header = readHeader(await files.read(names.header(step)), names.header(step));
    const own = header.runId === run.id && header.policyHash === run.policyHash;
    if (!own || header.step !== step) refuse(`${name} belongs to another run or step`);
    const bytes = await files.read(name);
    checkCheckpoint(name, header, bytes, base.config);
    headers.push(header);
    tensors.set(header.id, bytes);
  }
  return { headers, tensors };
}

/** Steps of the checkpoints, in order; each must have both of its files. */
function stepsOf(entries: Entries): number[] {
  const steps = [...entries.keys()].flatMap((name) => {
    const step = /^checkpoints\/step-(\d+)\.safetensors$/.exec(name)?.[1];
    return step === undefined ? [] : [Number(step)];
  });
  const headers = [...entries.keys()].filter((name) => /^checkpoints\/.*\.json$/.test(name));
  if (headers.length !== steps.length) refuse('a checkpoint in it lacks one of its two files');
  return steps.sort((a, b) => a - b);
}

function checkRows(rows: WholeRun['rows'], lastStep: number): void {
  const ordered = rows.every(({ step }, i) => i === 0 || step > rows[i - 1]!.step);
  if (!ordered) refuse('its metrics are not in order');
  if ((rows.at(-1)?.step ?? 0) > lastStep) refuse('its metrics go on after its last checkpoint');
}

/** Throws CodedError 'refused-archive', 'newer-archive', 'unknown-base' or 'unreadable-file'. */
export async function readRunArchive(
  source: ByteSource,
  loadPolicy: LoadPolicy,
  onProgress: Progress = () => undefined,
): Promise<ReadRun> {
  const entries: Entries = new Map(
    (await readDirectory(source)).map((entry) => [entry.name, entry]),
  );
  const manifestEntry = entries.get(names.manifest);
  if (!manifestEntry) return refuse('it holds no run: there is no manifest.json at its top');
  requireAtMost(manifestEntry.size, limits.text, names.manifest);
  const manifest = readManifest(await unpackWhole(source, manifestEntry), names.manifest);
  checkEntries(entries);
  checkManifest(manifest, entries);
  const steps = stepsOf(entries);
  const total = [...entries.values()].reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const files = new Files(source, entries, manifest, (bytes) => onProgress((done += bytes), total));

  const { run } = manifest;
  const config = readConfig(await files.read(names.config), names.config);
  if (run.step !== steps.at(-1) || run.step > config.maxSteps) {
    refuse('its last checkpoint is not of the step that the manifest says');
  }
  if (run.pins?.some((pin) => !steps.includes(pin))) refuse('it pins a checkpoint that is missing');
  const rows = readMetrics(await files.read(names.metrics), names.metrics);
  checkRows(rows, run.step);
  if (entries.has(names.receipt)) {
    checkReceipt(await files.read(names.receipt), { ...run, config }, rows);
  }
  const base = await knownBase(loadPolicy, config.policy, run.policyHash);
  await readPolicy(files, base);
  const { headers, tensors } = await readCheckpoints(files, steps, manifest, base);
  const stranger = headers.find((header) => !isRecipeOf(header, { step: run.step, config }));
  if (stranger) {
    refuse(
      `${names.header(stranger.step)} has other settings than ${names.config}, and the run would ` +
        'go on with those',
    );
  }
  const packer = packRollouts();
  for (const { name } of entries.values()) {
    if (kindOf(name)!.held) continue;
    await files.pass(name, name === names.rollouts ? packer.push : () => undefined);
  }
  const rollouts = entries.has(names.rollouts)
    ? { packed: packer.end(), ...manifest.rollouts }
    : null;
  const bytes = headers.reduce((sum, header) => sum + header.bytes, 0);
  return { whole: { run: { ...run, config, bytes }, rows, headers }, tensors, rollouts };
}
