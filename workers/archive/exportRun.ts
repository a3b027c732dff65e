/**
 * A stored run as one .zip, or the policy of one of its checkpoints. Reads the run as it is at one
 * moment, checkpoint by checkpoint, so that a run in progress can be exported too. The same run
 * gives the same bytes. What importing would refuse is not written.
 */
import { CodedError } from '../../models/errors.ts';
import { packReceipt, receiptOf } from '../../src/rft/receipt.ts';
import type { Exported, ExportRequest, RolloutFile } from '../../src/session/archiveProtocol.ts';
import { metricCsv } from '../../src/session/metricCsv.ts';
import type { CheckpointHeader } from '../../src/storage/checkpointRecord.ts';
import type { WholeRun, WholeRunStore } from '../../src/storage/wholeRun.ts';
import type { BasePolicy } from '../activeRun.ts';
import { isRecipeOf } from './checkpointRecipe.ts';
import { policyFiles } from './exportPolicy.ts';
import { kindOf, names } from './fileKinds.ts';
import { limits } from './limits.ts';
import { withImported } from './packedRollouts.ts';
import { metricsText, newManifest } from './records.ts';
import type { Progress } from './runArchive.ts';
import { ZipWriter, type Piece } from './zipWriter.ts';

export interface ExportHost {
  store: WholeRunStore;
  loadPolicy(name: string): Promise<BasePolicy>;
}

const bytesOf = (text: string): Piece => new TextEncoder().encode(text);

const sorted = (_key: string, part: unknown): unknown =>
  typeof part === 'object' && part !== null && !Array.isArray(part)
    ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    : part;

/** Independent of the order in which keys were set, so that a run has one file only. */
const jsonOf = (value: unknown): Piece => bytesOf(`${JSON.stringify(value, sorted, 2)}\n`);

/** A file name of plain letters: `countdown-hard-rft-seed-1`. */
export function fileName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return plain.slice(0, 60) || 'run';
}

async function storedRun({ store }: ExportHost, runId: string): Promise<WholeRun> {
  const whole = await store.wholeRun(runId);
  if (!whole)
    throw new CodedError('no-run', 'This run is no longer stored in this browser.', runId);
  if (whole.headers.length > 0) return whole;
  throw new CodedError(
    'no-checkpoint',
    'This run has no checkpoint yet; it can be exported from its first one on.',
    runId,
  );
}

/** The newest checkpoint that is whole, and the damaged ones that were passed over. */
async function newestWhole({ store }: ExportHost, { headers }: WholeRun) {
  const damaged: CheckpointHeader[] = [];
  for (const header of headers.toReversed()) {
    const tensors = await store.sealedTensors(header);
    if (tensors) return { header, tensors, damaged };
    damaged.push(header);
  }
  throw new CodedError(
    'damaged-checkpoint',
    'Every checkpoint of this run is damaged, so it cannot be exported. Its metrics are kept.',
    headers.map(({ id }) => id).join(', '),
  );
}

/** The run as it was at a checkpoint: what came after it is not there, changes of its recipe too. */
function until({ run, rows, headers }: WholeRun, { step, config }: CheckpointHeader): WholeRun {
  const kept = rows.filter((row) => row.step <= step);
  if (run.step === step) return { run, rows: kept, headers };
  const last = kept.findLast(({ values }) => 'eval_greedy' in values);
  const evalGreedy = last?.values['eval_greedy'] ?? null;
  return { run: { ...run, config, step, finished: false, evalGreedy }, rows: kept, headers };
}

function requireRoom(headers: readonly CheckpointHeader[], rollouts: RolloutFile): void {
  const inWords = (bytes: number): string => `${String(Math.ceil(bytes / 2 ** 20))} MiB`;
  // Half a checkpoint more for the policy, and the texts.
  const room = limits.held - 16 * 2 ** 20;
  const bytes = headers.reduce((sum, header) => sum + header.bytes, 0);
  if (bytes > room || headers.length > limits.entries / 2 - 16) {
    throw new CodedError(
      'export-too-large',
      `All ${String(headers.length)} checkpoints take ${inWords(bytes)}, and a file holds at most ` +
        `${inWords(room)}. Export the newest one instead, or remove some.`,
    );
  }
  if ((rollouts.lines?.size ?? 0) > limits.rollouts) {
    throw new CodedError(
      'export-too-large',
      'The completions of this run are too long for a file.',
    );
  }
}

/** Importing would refuse a larger one: settings with much reward code, say. */
function requireReadable(name: string, bytes: number): void {
  const { most } = kindOf(name)!;
  if (bytes <= most) return;
  throw new CodedError(
    'export-too-large',
    `This run is too large for a file: its ${name} would take ${(bytes / 2 ** 20).toFixed(1)} MiB, ` +
      `and at most ${String(most / 2 ** 20)} MiB are read again.`,
  );
}

/** Keys of all rows, in the order in which they first came. */
const metricKeys = (rows: WholeRun['rows']): string[] => [
  ...new Set(rows.flatMap(({ values }) => Object.keys(values))),
];

const leftOut = (what: string, headers: readonly CheckpointHeader[]): string[] =>
  headers.length === 0
    ? []
    : [`${what} were left out: of step ${headers.map(({ step }) => String(step)).join(', ')}.`];

async function exportWhole(
  host: ExportHost,
  { runId, checkpoints, rollouts: held }: Extract<ExportRequest, { kind: 'run' }>,
  onProgress: Progress,
): Promise<Exported> {
  const stored = await storedRun(host, runId);
  const newest = await newestWhole(host, stored);
  const { run, rows, headers } = until(stored, newest.header);
  const older = headers.filter(({ step }) => step < run.step);
  // A change that was planned and then replaced at the same step: no recipe has both.
  const replaced = older.filter((header) => !isRecipeOf(header, run));
  const wanted = [
    ...(checkpoints === 'newest' ? [] : older.filter((header) => !replaced.includes(header))),
    newest.header,
  ];
  // Those of steps that are left out here cannot be told from the others.
  const isWhole = run.step === stored.run.step;
  const imported = isWhole ? await host.store.packedRollouts(runId) : null;
  const rollouts = withImported(held, imported);
  requireRoom(wanted, rollouts);

  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0) + (rollouts.lines?.size ?? 0);
  let done = 0;
  const zip = new ZipWriter((bytes) => onProgress(Math.min((done += bytes), total), total));
  const add = (name: string, content: Piece | Blob): Promise<void> => {
    requireReadable(name, content instanceof Blob ? content.size : content.length);
    return zip.add(name, content);
  };
  await add(names.config, jsonOf(run.config));
  await add(names.metrics, bytesOf(metricsText(rows)));
  await add(names.metricsTable, bytesOf(await metricCsv(rows, metricKeys(rows))));
  const receipt = receiptOf(run, rows);
  if (receipt) await add(names.receipt, jsonOf(packReceipt(receipt)));
  if (rollouts.lines) await add(names.rollouts, rollouts.lines);
  const base = await host.loadPolicy(run.config.policy);
  for (const [name, bytes] of policyFiles(stored, run.step, newest.tensors, base)) {
    await add(`policy/${name}`, bytes);
  }
  const damaged = [...newest.damaged];
  for (const header of wanted) {
    const tensors =
      header === newest.header ? newest.tensors : await host.store.sealedTensors(header);
    if (!tensors) {
      damaged.push(header);
      continue;
    }
    await add(names.header(header.step), jsonOf(header));
    await add(names.tensors(header.step), tensors as Piece);
  }
  const { steps, note } = rollouts;
  await add(names.manifest, jsonOf(newManifest(run, { steps, note }, zip.sums)));
  const left = checkpoints === 'all' ? replaced : [];
  return {
    name: `${fileName(run.name)}.zip`,
    file: zip.finish(),
    notes: [
      ...leftOut('Damaged checkpoints', damaged),
      ...leftOut('Checkpoints whose recipe was replaced', left),
    ],
  };
}

async function exportPolicy(
  host: ExportHost,
  { kind, runId, checkpointId }: Exclude<ExportRequest, { kind: 'run' }>,
): Promise<Exported> {
  const whole = await storedRun(host, runId);
  const header = whole.headers.find(({ id }) => id === checkpointId);
  const tensors = header && (await host.store.sealedTensors(header));
  if (!header || !tensors) {
    throw new CodedError(
      'damaged-checkpoint',
      'This checkpoint is damaged or gone. The others are kept: choose one of them.',
      checkpointId,
    );
  }
  const base = await host.loadPolicy(whole.run.config.policy);
  const files = policyFiles(whole, header.step, tensors, base);
  const name = `${fileName(whole.run.name)}-step-${String(header.step)}`;
  if (kind === 'weights') {
    const weights = files.find(([file]) => file === 'model.safetensors')![1];
    const type = 'application/octet-stream';
    return { name: `${name}.safetensors`, file: new Blob([weights], { type }), notes: [] };
  }
  const zip = new ZipWriter();
  for (const [file, bytes] of files) await zip.add(file, bytes);
  return { name: `${name}.zip`, file: zip.finish(), notes: [] };
}

/** Rejects as the store does, and with 'no-checkpoint', 'damaged-checkpoint', 'other-base'. */
export function exportFile(
  host: ExportHost,
  request: ExportRequest,
  onProgress: Progress = () => undefined,
): Promise<Exported> {
  return request.kind === 'run'
    ? exportWhole(host, request, onProgress)
    : exportPolicy(host, request);
}
