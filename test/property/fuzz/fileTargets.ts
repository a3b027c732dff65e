/** Fuzzing of what reads files: safetensors, and archives of runs, from the zip down to a weight. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { unzipSync } from 'fflate';
import { parseDecoderConfig } from '../../../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../../../models/parameters.ts';
import { writePolicyFolder, type PolicyFolder } from '../../../models/policyFolder.ts';
import {
  parseSafetensors,
  writeSafetensors,
  type NamedArray,
} from '../../../models/safetensors.ts';
import { characterTokenizerJson } from '../../../models/tokenizer.ts';
import { parseConfig } from '../../../src/rft/config.ts';
import { vocabulary } from '../../../src/tasks/vocabulary.ts';
import { bytesSource } from '../../../workers/archive/byteSource.ts';
import { exportFile } from '../../../workers/archive/exportRun.ts';
import { importRun } from '../../../workers/archive/importRun.ts';
import { readRunArchive } from '../../../workers/archive/runArchive.ts';
import { createMemoryStore } from '../../../workers/memoryStore.ts';
import type { BasePolicy } from '../../../workers/activeRun.ts';
import {
  jsonBytes,
  jsonOf,
  noRollouts,
  withCheckpoint,
  withHonestSums,
  zipOf,
  type Files,
} from '../../unit/archiveFixture.ts';
import { craftZip, type CraftedEntry } from '../../unit/craftedZip.ts';
import type { Draw } from './draw.ts';
import { refusalOf, requireSame, type Target } from './drive.ts';
import { mutatedBytes, mutatedJson } from './mutate.ts';

const RUN = 'fuzzed-run';

/** The smallest policy there is over the vocabulary. */
function smallestPolicy(): BasePolicy {
  const config = parseDecoderConfig({
    ...{ model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5, tie_word_embeddings: true },
    ...{ vocab_size: vocabulary.length, hidden_size: 4, intermediate_size: 4 },
    ...{ num_hidden_layers: 1, num_attention_heads: 1, head_dim: 4, max_position_embeddings: 32 },
    ...{ bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 },
  });
  const shapes = parameterShapes(config);
  const values = initialParameters(config, (i) => Math.sin(i));
  const tensors = new Map<string, NamedArray>(
    [...values].map(([name, data]) => [name, { shape: shapes.get(name)!, data }]),
  );
  const folder: PolicyFolder = {
    config,
    tokenizerJson: characterTokenizerJson(vocabulary),
    tensors,
  };
  return { folder, hash: bytesToHex(sha256(writePolicyFolder(folder)['model.safetensors'])) };
}

const base = smallestPolicy();
const loadPolicy = (): Promise<BasePolicy> => Promise.resolve(base);

function checkpointBytes(step: number): Uint8Array {
  const moment = { shape: [512], data: Float32Array.from({ length: 512 }, (_, i) => i / step) };
  const { tensors } = base.folder;
  return writeSafetensors(new Map([...tensors, ['optimizer.m', moment], ['optimizer.v', moment]]), {
    step: String(step),
    prompt_cursor: '8',
    num_tokens: '100',
    updates: String(step),
  });
}

/** A finished run of two steps that no trainer made, but that could have been one's. */
async function storeWithRun() {
  const store = createMemoryStore();
  const { config } = parseConfig({ maxSteps: 2, evalSteps: 2 });
  if (!config) throw new Error('internal: the recipe is not valid');
  const backend = { backend: 'wasm', device: 'fuzz' } as const;
  const known = { config, policyHash: base.hash, backend };
  const origin = { codeVersion: '0123456789ab', policyHash: base.hash };
  const state = { step: 0, finished: false, evalGreedy: null, bytes: 0, origin };
  await store.createRun({
    id: RUN,
    name: 'fuzzed',
    ...known,
    ...state,
    createdAt: 1,
    updatedAt: 2,
  });
  for (const step of [1, 2]) {
    await store.saveCheckpoint(
      {
        ...{ runId: RUN, step, reason: 'interval', createdAt: 1000, ...known },
        ...{ rngCounters: { seed: config.seed, step }, promptCursor: 8, bestEval: 0.5 },
        tensors: checkpointBytes(step),
      },
      (step === 1 ? [0, 1] : [2]).map((row) => ({
        ...{ step: row, values: { reward: row / 3, kl: -0, eval_greedy: 0.5 }, digest: base.hash },
      })),
      { step, finished: step === 2, evalGreedy: 0.5, updatedAt: 2000 },
    );
  }
  return store;
}

type Store = ReturnType<typeof createMemoryStore>;

async function exportedRun(store: Store, runId: string): Promise<Uint8Array> {
  const request = { kind: 'run', runId, checkpoints: 'all', rollouts: noRollouts } as const;
  const { file } = await exportFile({ store, loadPolicy }, request);
  return new Uint8Array(await file.arrayBuffer());
}

const genuine = await exportedRun(await storeWithRun(), RUN);
const files: Files = unzipSync(genuine);
const fileNames = Object.keys(files);
const safetensors = [checkpointBytes(1), checkpointBytes(2), files['policy/model.safetensors']!];
const objects = Object.values(files).flatMap((bytes) => {
  try {
    return [jsonOf(bytes)];
  } catch {
    return []; // no JSON
  }
});

/** A safetensors file whose header was changed as JSON, so that the rest still fits it. */
function otherHeader(draw: Draw, bytes: Uint8Array): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = jsonBytes(mutatedJson(draw, jsonOf(bytes.slice(8, 8 + length)), objects));
  const changed = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(changed.buffer).setUint32(0, header.length, true);
  changed.set(header, 8);
  changed.set(bytes.subarray(8 + length), 8 + header.length);
  return changed;
}

const anySafetensors = (draw: Draw): Uint8Array =>
  draw.chance(0.5) ? mutatedBytes(draw, safetensors) : otherHeader(draw, draw.pick(safetensors));

const safetensorsTarget: Target = {
  name: 'safetensors',
  read: (draw) => {
    const bytes = anySafetensors(draw);
    return refusalOf(() => {
      const { tensors, metadata } = parseSafetensors(bytes);
      const again = parseSafetensors(writeSafetensors(tensors, metadata));
      for (const [name, { shape, data }] of tensors) {
        const twin = again.tensors.get(name)!;
        const alike = Buffer.from(twin.data.buffer).equals(
          new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        );
        if (!alike || twin.shape.join() !== shape.join()) throw new Error(`${name} differs`);
      }
    });
  },
};

/** One file of the run changed, with sums that fit. */
function otherFile(draw: Draw): Uint8Array {
  const name = draw.pick(fileNames);
  const bytes = files[name]!;
  const json = name.endsWith('.json') && draw.chance(0.7);
  const changed = json
    ? jsonBytes(mutatedJson(draw, jsonOf(bytes), objects))
    : mutatedBytes(draw, [bytes]);
  const all = { ...files, [name]: changed };
  if (name === 'manifest.json') return zipOf(all);
  return zipOf(draw.chance(0.9) ? withHonestSums(all) : all);
}

/** Tensors changed, with a seal and sums that fit. */
const otherTensors = (draw: Draw): Uint8Array =>
  zipOf(
    withHonestSums(
      withCheckpoint(files, draw.pick([1, 2]), (draft) => ({
        ...draft,
        tensors: anySafetensors(draw),
      })),
    ),
  );

const lies = ['size', 'packed', 'crc', 'offset', 'method', 'flags', 'mode'] as const;
const oddNumbers = [0, 1, 8, 100, 0xa1ff, 0xffff, 2 ** 20, 2 ** 31, 2 ** 32 - 1];

/** The zip's own fields lie, and some entries are deflated. */
function otherZip(draw: Draw): Uint8Array {
  const entries = Object.entries(files).map(([name, data]): CraftedEntry => {
    const entry = { name, data, deflated: draw.chance(0.5) };
    if (!draw.chance(0.1)) return entry;
    if (draw.chance(0.2)) return { ...entry, localName: draw.pick(fileNames) };
    return { ...entry, says: { [draw.pick(lies)]: draw.pick(oddNumbers) } };
  });
  if (draw.chance(0.2)) entries.splice(draw.below(entries.length), 1);
  return craftZip(entries, draw.chance(0.05) ? draw.below(20) : entries.length);
}

/** Some bytes of the archive changed, most often where zip's own fields are. */
const otherBytes = (draw: Draw): Uint8Array => mutatedBytes(draw, [genuine]);

const anyArchive = [otherFile, otherTensors, otherZip, otherBytes];

const archiveTarget: Target = {
  name: 'archive',
  read: async (draw) => {
    const bytes = draw.pick(anyArchive)(draw);
    return refusalOf(async () => {
      const read = await readRunArchive(bytesSource(bytes), loadPolicy);
      const store = createMemoryStore();
      await importRun(store, read, () => 'another-id');
      const { id } = read.whole.run;
      const again = await readRunArchive(bytesSource(await exportedRun(store, id)), loadPolicy);
      requireSame(read.whole, again.whole, 'the run');
      for (const [key, tensors] of read.tensors) {
        if (!Buffer.from(tensors).equals(again.tensors.get(key)!))
          throw new Error(`${key} differs`);
      }
    });
  },
};

export const fileTargets: readonly Target[] = [safetensorsTarget, archiveTarget];
