/**
 * Whether a checkpoint from outside is what its header says and fits its base policy: the seal,
 * every name and shape, only finite numbers, no negative second moment (its root is taken), and
 * counters that agree. What passes can be resumed.
 */
import { CodedError } from '../../models/errors.ts';
import type { DecoderConfig } from '../../models/decoderConfig.ts';
import { lane } from '../../models/ops/lane.ts';
import { parameterShapes } from '../../models/parameters.ts';
import { parseSafetensors, type NamedArray } from '../../models/safetensors.ts';
import { unseal, type CheckpointHeader } from '../../src/storage/checkpointRecord.ts';
import { refuse } from './limits.ts';

type Shapes = ReadonlyMap<string, readonly number[]>;

/** A refusal of the file that tells what a reader of one of its files says. */
export function within<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CodedError) || error.code === 'refused-archive') throw error;
    return refuse(`${name}: ${error.message.slice(0, 400).replace(/\.$/, '')}`, error.detail);
  }
}

/** What a checkpoint of this policy holds, without and with a reference that moves. */
function expectedShapes(policy: DecoderConfig): { own: Shapes; reference: Shapes } {
  const parameters = [...parameterShapes(policy)];
  const size = parameters.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const total = Math.ceil(size / lane) * lane; // as models/ops/flat.ts pads it
  return {
    own: new Map([...parameters, ['optimizer.m', [total]], ['optimizer.v', [total]]]),
    reference: new Map(parameters.map(([key, shape]) => [`reference.${key}`, shape])),
  };
}

function checkShapes(
  name: string,
  tensors: ReadonlyMap<string, NamedArray>,
  policy: DecoderConfig,
) {
  const { own, reference } = expectedShapes(policy);
  const moves = [...tensors.keys()].some((key) => reference.has(key));
  const expected = new Map([...own, ...(moves ? reference : [])]);
  for (const [key, shape] of expected) {
    const found = tensors.get(key)?.shape.join(' × ') ?? 'missing';
    if (found === shape.join(' × ')) continue;
    refuse(
      `${name} does not fit its policy: ${key} should be ${shape.join(' × ')} and is ${found}`,
    );
  }
  if (tensors.size > expected.size) refuse(`${name} holds tensors that no checkpoint has`);
}

/** Throws CodedError 'refused-archive'. */
export function checkCheckpoint(
  name: string,
  header: CheckpointHeader,
  bytes: Uint8Array,
  policy: DecoderConfig,
): void {
  if (!unseal(header, bytes)) refuse(`${name} does not match the checksum in its header`);
  const { tensors, metadata } = within(name, () => parseSafetensors(bytes));
  checkShapes(name, tensors, policy);
  if (tensors.get('optimizer.v')!.data.some((value) => value < 0)) {
    refuse(`${name} holds a negative number in optimizer.v, a mean of squares`);
  }
  const { step, promptCursor, rngCounters, runId, config } = header;
  const agree =
    metadata['step'] === String(step) &&
    metadata['prompt_cursor'] === String(promptCursor) &&
    rngCounters.step === step &&
    rngCounters.seed === config.seed &&
    header.id === `${runId}:${String(step)}` &&
    header.bytes === bytes.length;
  const chainIsWhole = /^[0-9a-f]{64}$/.test(metadata['chain'] ?? '0'.repeat(64));
  const counters = [metadata['num_tokens'], metadata['updates']].map(Number);
  if (
    !agree ||
    !chainIsWhole ||
    !counters.every((value) => Number.isSafeInteger(value) && value >= 0)
  ) {
    refuse(`${name} and its header contradict each other`);
  }
}
