/**
 * `npm run pretrain [-- --backend wasm|webgpu --out DIR --steps N]`: makes the shipped base
 * policy from a seeded generator and the recipe below, and writes it as a Hugging Face folder
 * with a card. Same seed and backend: the same file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { BackendName } from '../models/backend.ts';
import { parseDecoderConfig, type DecoderConfig } from '../models/decoderConfig.ts';
import { initialParameters, parameterShapes } from '../models/parameters.ts';
import { randomNormal } from '../models/philox.ts';
import { createPolicy, readPolicy } from '../models/policy.ts';
import { writePolicyFolder, type PolicyFolder } from '../models/policyFolder.ts';
import type { NamedArray } from '../models/safetensors.ts';
import { characterTokenizerJson, createTokenizer } from '../models/tokenizer.ts';
import { defaultConfig } from '../src/rft/config.ts';
import { heldOutExample, trainExample } from '../src/rft/dataset.ts';
import { evaluate } from '../src/rft/evaluate.ts';
import type { Learner } from '../src/rft/learner.ts';
import { flatSize, initialOptimizerState } from '../src/rft/optimizer.ts';
import { pretrainingStep, type PretrainingRecipe } from '../src/rft/pretraining.ts';
import { calculatorChain } from '../src/tasks/calculatorChain.ts';
import { pretrainingCompletion, recipeMixture } from '../src/tasks/calculatorChainPretraining.ts';
import { vocabulary } from '../src/tasks/vocabulary.ts';
import { startNodeBackend } from './nodeBackend.ts';

const name = 'base-0.4M';

const decoder: DecoderConfig = parseDecoderConfig({
  model_type: 'llama',
  vocab_size: vocabulary.length,
  hidden_size: 96,
  intermediate_size: 256,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  rope_theta: 10000,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 128,
  tie_word_embeddings: true,
  hidden_act: 'silu',
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 0,
});

const recipe: PretrainingRecipe = {
  seed: 7,
  steps: 3600,
  batchSize: 64,
  warmupSteps: 100,
  peakLearningRate: 3e-3,
  finalShare: 0.03,
  adamBeta1: 0.9,
  adamBeta2: 0.98,
  adamEpsilon: 1e-8,
  weightDecay: 0.05,
  maxGradNorm: 1,
};

/**
 * Mostly guesses, so that greedy decoding guesses too: the base then scores low while it can
 * already do every single step, which is what reinforcement has to discover.
 */
const mixture = {
  ...recipeMixture,
  guess: 0.7,
  lazy: 0.22,
  guessRight: 0.1,
  guessNear: 0.45,
};

const { values: flags } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: join('public', 'policies', name) },
    steps: { type: 'string', default: String(recipe.steps) },
  },
});
const steps = Number(flags.steps);
const { device } = await startNodeBackend(flags.backend as BackendName, (error) => {
  throw error;
});
console.log(`${name} on ${flags.backend} (${device}), ${String(steps)} steps`);

const shapes = parameterShapes(decoder);
const initial = new Map<string, NamedArray>();
for (const [key, data] of initialParameters(decoder, (index) =>
  randomNormal(recipe.seed, 'initialWeights', 0, index),
)) {
  initial.set(key, { shape: shapes.get(key) ?? [], data });
}
const policy = createPolicy(decoder, initial);
const optimizer = initialOptimizerState(policy.parameters.values());
const tokenizerJson = characterTokenizerJson(vocabulary);
const tokenizer = createTokenizer(tokenizerJson, decoder);

/** The policy as a learner at step 0, for held-out evaluation with the run's own code. */
const learner: Learner = {
  config: { ...defaultConfig, numEvalGenerations: 8 },
  task: calculatorChain,
  tokenizer,
  policy,
  reference: null,
  optimizer,
  train: [trainExample(calculatorChain, 0, 0)],
  heldOut: Array.from({ length: 150 }, (_, i) => heldOutExample(calculatorChain, i)),
  step: 0,
  promptCursor: 0,
  numTokens: 0,
};

let tokens = 0;
let recentLoss = 0;
const begin = performance.now();
for (let step = 0; step < steps; step++) {
  const done = await pretrainingStep(
    policy,
    optimizer,
    { ...recipe, steps },
    step,
    (draw) => {
      const example = calculatorChain.example(draw, false);
      return { prompt: example.prompt, completion: pretrainingCompletion(example, draw, mixture) };
    },
    tokenizer,
  );
  tokens += done.tokens;
  recentLoss = step === 0 ? done.loss : recentLoss + 0.02 * (done.loss - recentLoss);
  if ((step + 1) % 100 === 0) {
    const seconds = (performance.now() - begin) / 1000;
    const rate = Math.round(tokens / seconds);
    console.log(
      `step ${String(step + 1)} loss ${recentLoss.toFixed(4)} tokens ${String(tokens)} ` +
        `${String(rate)} tok/s ${seconds.toFixed(0)} s`,
    );
  }
}
const minutes = (performance.now() - begin) / 60_000;
const heldOut = await evaluate(learner);
console.log(JSON.stringify(heldOut));

const percent = (key: string): string => `${((heldOut[key] ?? 0) * 100).toFixed(1)} %`;
const share = (x: number): string => `${String(Math.round(x * 1000) / 10)} %`;
const careful = 1 - mixture.guess - mixture.lazy;
const card = `# ${name}

A Llama-style decoder of ${String([...shapes.values()].reduce((sum, s) => sum + s.reduce((a, b) => a * b, 1), 0))} parameters \
(hidden ${String(decoder.hiddenSize)}, ${String(decoder.numHiddenLayers)} layers, \
${String(decoder.numAttentionHeads)} heads, tied embeddings, ${String(decoder.vocabSize)} characters), \
pretrained for the calculator chain of RFT Playground by \`npm run pretrain\`.

- Data: seeded generator (seed ${String(recipe.seed)}), ${String(steps * recipe.batchSize)} texts; \
no held-out prompt is among them. ${share(mixture.guess)} guess without thinking \
(right in ${share(mixture.guessRight)}), ${share(mixture.lazy)} stop thinking early, \
${share(careful)} work through every step; a written step is wrong in ${share(mixture.wrongStep)}.
- Training: ${String(steps)} steps of ${String(recipe.batchSize)}, ${(tokens / 1e6).toFixed(2)} M tokens, \
AdamW, peak learning rate ${String(recipe.peakLearningRate)}, ${minutes.toFixed(1)} minutes on \
${flags.backend} (${device}).
- Loss at the end (mean NLL per completion token, running mean): ${recentLoss.toFixed(3)}.
- Held-out accuracy before any RFT, 150 prompts: greedy ${percent('eval_greedy')}, \
pass@1 ${percent('eval_pass@1')}, pass@8 ${percent('eval_pass@8')}.
`;
const folder: PolicyFolder = { config: decoder, tokenizerJson, tensors: await readPolicy(policy) };
await mkdir(flags.out, { recursive: true });
for (const [file, bytes] of Object.entries(writePolicyFolder(folder))) {
  await writeFile(join(flags.out, file), bytes);
}
await writeFile(join(flags.out, 'README.md'), card);
console.log(`wrote ${flags.out} (${String(flatSize(policy.parameters.values()))} numbers)`);
process.exit(0);
