/**
 * The memory budget: what it says of known workloads, when it cuts micro-batches and when it
 * refuses, that more of anything never takes less, and that it counts what is really laid out.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { parseDecoderConfig, type DecoderConfig } from '../../models/decoderConfig.ts';
import type { RolloutSizes, Words } from '../../models/memory.ts';
import { parameterShapes } from '../../models/parameters.ts';
import { noWarping } from '../../models/warpers.ts';
import { trainingWords } from '../../models/wasm/kernelWords.ts';
import { currentPass } from '../../models/wasm/trainingInstance.ts';
import { tablesOf } from '../../models/webgpu/rolloutTables.ts';
import type { Whole } from '../../models/webgpu/rolloutWay.ts';
import { wholeWords } from '../../models/webgpu/rolloutWhole.ts';
import { largestExtent, rolloutWords } from '../../models/webgpu/rolloutWords.ts';
import { prepareRollout } from '../../models/webgpu/rolloutWorkspace.ts';
import type { TfjsGpu } from '../../models/webgpu/tfjsGpu.ts';
import { defaultConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { memoryBudget, requireRoom, webGpuDefaults } from '../../src/rft/memory.ts';
import { decoderOf } from '../../src/rft/policyDecoder.ts';
import { policyTable } from '../../src/rft/policyTable.ts';
import { runSizes, type RunSizes } from '../../src/rft/runSizes.ts';
import { taskRecipe } from '../../src/rft/taskRecipes.ts';
import { memoryForecast } from '../../src/session/memoryForecast.ts';
import { codedErrorOf } from './coded.ts';

const MB = 1e6;
const longest = { prompt: 14, imitated: 0 };
const limitsOf = (bytes: number) => ({ maxBufferSize: bytes, maxStorageBufferBindingSize: bytes });

const generated = [
  ...(['calculatorChain', 'countdown', 'programSynthesis'] as const),
  ...(['adjudication', 'reversal'] as const),
];

const lesson = runSizes(defaultConfig, decoderOf(policyTable['base-0.4M'].shape, 63), longest);
const large = runSizes(
  { ...defaultConfig, generationBatchSize: 512, maxCompletionLength: 64 },
  decoderOf({ hiddenSize: 256, intermediateSize: 704, layers: 8, heads: 8 }, 63),
  longest,
);

describe('known workloads', () => {
  test('the default lesson: whole steps on a GPU, some two hundred megabytes', () => {
    const budget = memoryBudget(lesson, webGpuDefaults);
    expect(budget.microBatchRows).toBe(64);
    expect(budget.excess).toBeNull();
    expect(budget.bytes / MB).toBeGreaterThan(190);
    expect(budget.bytes / MB).toBeLessThan(220);
    const { learning, sampling, optimiser, weights } = budget.byPart;
    expect(learning + sampling + optimiser + weights).toBe(budget.bytes);
    expect(weights).toBeGreaterThanOrEqual(4 * policyTable['base-0.4M'].parameters);
  });

  test('on the CPU it takes smaller micro-batches and less', () => {
    const budget = memoryBudget(lesson, null);
    expect(budget.microBatchRows).toBe(16);
    expect(budget.excess).toBeNull();
    expect(budget.bytes / MB).toBeGreaterThan(60);
    expect(budget.bytes / MB).toBeLessThan(90);
  });

  test('a large policy with many completions is cut into smaller micro-batches and fits', () => {
    const budget = memoryBudget(large, webGpuDefaults);
    expect(budget.microBatchRows).toBe(32);
    expect(budget.excess).toBeNull();
    expect(budget.largest.bytes).toBeLessThanOrEqual(webGpuDefaults.maxStorageBufferBindingSize);
    expect(budget.bytes / MB).toBeGreaterThan(1100);
    expect(budget.bytes / MB).toBeLessThan(1400);
  });

  test('a reference policy takes the weights once more; SFT samples for evaluation alone', () => {
    const of = (changes: Partial<RunConfig>) =>
      memoryBudget(
        runSizes({ ...defaultConfig, ...changes }, lesson.decoder, { prompt: 14, imitated: 40 }),
        webGpuDefaults,
      ).byPart;
    const plain = of({});
    expect(of({ beta: 0.1 })).toEqual({ ...plain, weights: 2 * plain.weights });
    const many = { generationBatchSize: 1024 };
    expect(of({ ...many, method: 'sft' }).sampling).toBe(plain.sampling);
    expect(of(many).sampling).toBeGreaterThan(2 * plain.sampling);
  });

  test('the page forecasts much the same for every shipped recipe, and more for more', () => {
    for (const task of generated) {
      const recipe = taskRecipe(task);
      const forecast = memoryForecast(recipe, webGpuDefaults);
      expect(forecast.excess).toBeNull();
      const more = memoryForecast({ ...recipe, generationBatchSize: 1024 }, webGpuDefaults);
      expect(more.bytes).toBeGreaterThan(forecast.bytes);
    }
    const { bytes } = memoryForecast(defaultConfig, webGpuDefaults);
    expect(bytes / memoryBudget(lesson, webGpuDefaults).bytes).toBeCloseTo(1, 1);
    expect(memoryForecast({ ...taskRecipe('own') }, null).bytes).toBeGreaterThan(0);
  });
});

describe('limits', () => {
  test('of a buffer cut the micro-batch first', () => {
    expect(memoryBudget(lesson, limitsOf(16 * MB)).microBatchRows).toBe(32);
    expect(memoryBudget(lesson, limitsOf(8 * MB)).microBatchRows).toBe(16);
    const either = { maxBufferSize: 16 * MB, maxStorageBufferBindingSize: 1000 * MB };
    expect(memoryBudget(lesson, either).microBatchRows).toBe(32);
    expect(memoryBudget(lesson, limitsOf(8 * MB)).excess).toBeNull();
  });

  const refusal = (sizes: RunSizes, limits: Parameters<typeof memoryBudget>[1]): string =>
    codedErrorOf(() => {
      requireRoom(memoryBudget(sizes, limits));
    });

  test('that no micro-batch fits refuse the run: what, how much, how much there is, what to do', () => {
    expect(refusal(lesson, limitsOf(3 * MB))).toBe(
      'too-large: This run is too large for this device: the key-value cache of one layer needs ' +
        '4 MB in one piece; the device allows 3 MB. ' +
        'Use shorter completions, fewer completions per step, or a smaller policy.',
    );
    expect(refusal(large, limitsOf(20 * MB))).toMatch(/too-large: .* needs \d+ MB in one piece/);
    expect(refusal(lesson, webGpuDefaults)).toBe('no error');
  });

  const sides = { hiddenSize: 1024, intermediateSize: 8192, layers: 100, heads: 16 };
  const huge: RunSizes = { ...lesson, decoder: decoderOf(sides, 63) };

  test('of the whole pass refuse it where even four rows are too many', () => {
    const budget = memoryBudget(huge, limitsOf(Infinity));
    expect(budget.microBatchRows).toBe(4);
    expect(refusal(huge, limitsOf(Infinity))).toMatch(
      /learning from only 4 completions at a time needs \d+ MB; the limit is 536 MB\. Use shorter/,
    );
  });

  test('of WebAssembly are on all of it together', () => {
    const deep = { ...large, rollouts: [{ ...large.rollouts[0]!, rows: 4096 }] };
    expect(refusal(large, null)).toBe('no error');
    expect(refusal(deep, null)).toMatch(/it needs \d{4} MB; WebAssembly holds 2147 MB\. Use short/);
  });
});

describe('more never takes less', () => {
  const eights = (most: number) => fc.integer({ min: 1, max: most }).map((n) => 8 * n);
  const decoder = fc.record({
    vocabSize: fc.integer({ min: 3, max: 90 }),
    hiddenSize: eights(8),
    intermediateSize: eights(16),
    numHiddenLayers: fc.integer({ min: 1, max: 3 }),
    numAttentionHeads: fc.integer({ min: 1, max: 4 }),
    headDim: eights(3),
    maxPositionEmbeddings: fc.integer({ min: 128, max: 256 }),
  });
  const run = fc.record({
    sequences: fc.integer({ min: 1, max: 300 }),
    longestSequence: fc.integer({ min: 2, max: 128 }),
    rows: fc.integer({ min: 1, max: 300 }),
    prompts: fc.integer({ min: 1, max: 300 }),
    longestPrompt: fc.integer({ min: 1, max: 40 }),
    maxNewTokens: fc.integer({ min: 1, max: 88 }),
    reference: fc.boolean(),
  });
  const limits = fc.constantFrom(null, webGpuDefaults, limitsOf(4 * MB), limitsOf(MB));

  function sizesOf(
    of: Record<string, number>,
    { sequences, longestSequence, reference, ...rollout }: RolloutSizes & Omit<RunSizes, 'decoder'>,
  ): RunSizes {
    const sizes: DecoderConfig = { ...lesson.decoder, ...of };
    return {
      decoder: { ...sizes, numKeyValueHeads: sizes.numAttentionHeads },
      ...{ sequences, longestSequence, reference, rollouts: [lesson.rollouts[1]!, rollout] },
    };
  }

  test.each(['decoder', 'run'] as const)('of any size of the %s', (which) => {
    fc.assert(
      fc.property(
        decoder,
        run,
        limits,
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
        (d, r, device, at, by) => {
          const grown = { decoder: { ...d }, run: { ...r } };
          const target = grown[which] as Record<string, number | boolean>;
          const name = Object.keys(target)[at % Object.keys(target).length]!;
          const value = target[name]!;
          target[name] = typeof value === 'boolean' ? true : value + 8 * by;
          const before = memoryBudget(sizesOf(d, { ...r, rollouts: [] }), device);
          const after = memoryBudget(
            sizesOf(grown.decoder, { ...grown.run, rollouts: [] }),
            device,
          );
          expect(after.microBatchRows).toBeLessThanOrEqual(before.microBatchRows);
          if (after.microBatchRows < before.microBatchRows) return;
          expect(after.bytes).toBeGreaterThanOrEqual(before.bytes);
          expect(after.largest.bytes).toBeGreaterThanOrEqual(before.largest.bytes);
          if (before.excess) expect(after.excess).not.toBeNull();
        },
      ),
      { numRuns: 300 },
    );
  });
});

const grouped = parseDecoderConfig({
  ...{ model_type: 'llama', hidden_act: 'silu', vocab_size: 21, tie_word_embeddings: false },
  ...{ hidden_size: 24, intermediate_size: 40, num_hidden_layers: 3 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, head_dim: 8 },
  max_position_embeddings: 300,
});

describe('what is counted is what is laid out', () => {
  test.each([lesson.decoder, large.decoder, grouped])('by the WASM training pass', (decoder) => {
    const [rows, columns] = [13, 37];
    const end = currentPass().kernel.plan(
      ...[rows, columns, decoder.vocabSize, decoder.hiddenSize, decoder.intermediateSize],
      ...[decoder.numHiddenLayers, decoder.numAttentionHeads, decoder.numKeyValueHeads],
      ...[decoder.headDim, Number(decoder.tieWordEmbeddings)],
    );
    const counted = 4 * trainingWords(decoder, rows, columns);
    // The module's own data come first.
    expect(end - counted).toBeGreaterThanOrEqual(0);
    expect(end - counted).toBeLessThan(8192);
  });

  const rolloutKinds = [
    ['few', { rows: 3, prompts: 2, longestPrompt: 5, maxNewTokens: 7 }],
    ['many', { rows: 200, prompts: 150, longestPrompt: 14, maxNewTokens: 48 }],
    ['without prefixes', { rows: 40, prompts: 1, longestPrompt: 1, maxNewTokens: 130 }],
  ] as const;

  /** The buffers that a rollout of prompts of equal length makes, in bytes. */
  function madeBy(sizes: RolloutSizes, whole: Whole | null): Record<string, number> {
    const made = new Map<string, number>();
    vi.stubGlobal('GPUBufferUsage', {});
    const device = {
      createBuffer: ({ label, size }: GPUBufferDescriptor) => {
        if (label !== 'sizes') made.set(label!, size);
        return { size };
      },
      queue: { writeBuffer: () => undefined },
      createShaderModule: () => ({}),
      createComputePipeline: () => ({ getBindGroupLayout: () => ({}) }),
      createBindGroup: () => ({}),
    } as unknown as GPUDevice;
    const { rows, prompts, longestPrompt, maxNewTokens } = sizes;
    const promptIds = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: longestPrompt }, (_, i) => Math.floor((row % prompts) / 12 ** i) % 12),
    );
    const request = { promptIds, maxNewTokens, eosId: 2, padId: 0, warping: noWarping };
    const { prefixTokens, columns } = tablesOf({ ...request, draw: 'greedy' });
    prepareRollout(
      { device, commandEncoder: null } as unknown as TfjsGpu,
      grouped,
      {
        ...{ rows, prefixTokens, columns },
        positions: longestPrompt + maxNewTokens,
        recordWords: 3 * rows * maxNewTokens,
      },
      whole,
    );
    vi.unstubAllGlobals();
    return Object.fromEntries(made);
  }

  const bytesOf = (words: Words): Record<string, number> =>
    Object.fromEntries([...words].map(([name, count]) => [name, 16 * Math.ceil(count / 4)]));
  const parameters = [...parameterShapes(grouped).values()]
    .map((shape) => shape.reduce((a, b) => a * b, 1))
    .reduce((a, b) => a + b, 0);

  test.each(rolloutKinds)('by rollouts on a GPU: %s', (_name, sizes) => {
    const counted = rolloutWords(grouped, parameters, largestExtent(sizes));
    expect(madeBy(sizes, null)).toEqual(bytesOf(counted));
  });

  test.each(rolloutKinds)(
    'and in the whole way as much, but for prefixes twice: %s',
    (_name, sizes) => {
      const extent = largestExtent(sizes);
      const made = madeBy(sizes, { lanes: 4, tokens: 16 });
      expect(made).toEqual(bytesOf(wholeWords(grouped, parameters, extent)));
      const total = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0);
      const forecast = total(bytesOf(rolloutWords(grouped, parameters, extent)));
      const columnBytes = 4 * 2 * 3 * 2 * 8; // keys and values of 3 layers, 2 heads of 8 numbers
      const prefixes = Math.max(1, extent.prefixTokens) * columnBytes;
      expect(total(made) - forecast).toBe(prefixes);
    },
  );
});
