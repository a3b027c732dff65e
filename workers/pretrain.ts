/**
 * `npm run pretrain [-- --policy NAME --backend wasm|webgpu --out DIR --steps N]`: makes the
 * shipped base policies (or the one that is named) from a seeded generator and the recipes of
 * pretrainingRecipes.ts, and writes each as a Hugging Face folder with a card. Same seed and
 * backend: the same file.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { BackendName } from '../models/backend.ts';
import { createPolicy, readPolicy } from '../models/policy.ts';
import { writePolicyFolder } from '../models/policyFolder.ts';
import { createTokenizer } from '../models/tokenizer.ts';
import { microBatchShape } from '../src/rft/batch.ts';
import { heldOutExample } from '../src/rft/dataset.ts';
import { evaluate } from '../src/rft/evaluate.ts';
import { freshPolicy } from './freshPolicy.ts';
import { initialOptimizerState } from '../src/rft/optimizer.ts';
import { policyTable, type PolicyName } from '../src/rft/policyTable.ts';
import { pretrainingStep } from '../src/rft/pretraining.ts';
import { createScorer } from '../src/rft/rewardScorer.ts';
import { taskRecipe, type TaskId } from '../src/rft/taskRecipes.ts';
import type { Task } from '../src/tasks/task.ts';
import { vocabulary } from '../src/tasks/vocabulary.ts';
import { startNodeBackend } from './nodeBackend.ts';
import { baseRecipes, ingredientsAt, textOf, type BaseRecipe } from './pretrainingRecipes.ts';

const { values: flags } = parseArgs({
  options: {
    policy: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
    out: { type: 'string', default: join('public', 'policies') },
    steps: { type: 'string' },
  },
});
const { device } = await startNodeBackend(flags.backend as BackendName, (error) => {
  throw error;
});

/** Trains one policy from fresh weights, telling how it goes. */
async function train(name: PolicyName, recipe: BaseRecipe) {
  const { training } = recipe;
  const fresh = freshPolicy(policyTable[name].shape, training.seed);
  const policy = createPolicy(fresh.config, fresh.tensors);
  const optimizer = initialOptimizerState(policy.parameters.values());
  const tokenizer = createTokenizer(fresh.tokenizerJson, fresh.config);
  let tokens = 0;
  let loss = 0;
  const begin = performance.now();
  for (let step = 0; step < training.steps; step++) {
    const done = await pretrainingStep(
      policy,
      optimizer,
      training,
      step,
      (draw) => textOf(ingredientsAt(recipe, step), draw),
      tokenizer,
    );
    tokens += done.tokens;
    loss = step === 0 ? done.loss : loss + 0.02 * (done.loss - loss);
    if ((step + 1) % 100 !== 0) continue;
    const seconds = (performance.now() - begin) / 1000;
    console.log(
      `${name} step ${step + 1} loss ${loss.toFixed(4)} tokens ${tokens} ` +
        `${Math.round(tokens / seconds)} tok/s ${seconds.toFixed(0)} s`,
    );
  }
  const minutes = (performance.now() - begin) / 60_000;
  return { fresh, policy, optimizer, tokenizer, tokens, loss, minutes };
}

type Trained = Awaited<ReturnType<typeof train>>;

/** Held-out accuracy with the run's own code, as a learner at step 0. */
async function measure(trained: Trained, task: Task): Promise<Record<string, number>> {
  const { fresh, policy, optimizer, tokenizer } = trained;
  const config = { ...taskRecipe(task.id as TaskId), numEvalGenerations: 8 };
  const { maxCompletionLength } = config;
  return evaluate({
    config,
    task,
    base: fresh,
    runner: null,
    scorer: createScorer([], { task, maxCompletionLength, runner: null }),
    tokenizer,
    policy,
    reference: null,
    optimizer,
    microBatch: microBatchShape(),
    train: [],
    heldOut: Array.from({ length: 150 }, (_, i) => heldOutExample(task, i)),
    step: 0,
    promptCursor: 0,
    numTokens: 0,
    chain: null,
  });
}

async function cardOf(name: PolicyName, recipe: BaseRecipe, trained: Trained): Promise<string> {
  const { shape, parameters } = policyTable[name];
  const { training } = recipe;
  const percent = (value = 0): string => `${(value * 100).toFixed(1)} %`;
  const rows: string[] = [];
  for (const { task, share } of recipe.habits) {
    const heldOut = await measure(trained, task);
    console.log(`${name} ${task.id} ${JSON.stringify(heldOut)}`);
    const figures = ['eval_greedy', 'eval_pass@1', 'eval_pass@8'].map((key) =>
      percent(heldOut[key]),
    );
    rows.push(`| ${[task.title, percent(share), ...figures].join(' | ')} |`);
  }
  return `# ${name}

A Llama-style decoder of ${parameters} parameters (hidden ${shape.hiddenSize}, ${shape.layers} layers, \
${shape.heads} heads, tied embeddings, ${vocabulary.length} characters), pretrained for RFT Playground by \
\`npm run pretrain -- --policy ${name}\`.

- Data: seeded generator (seed ${training.seed}), ${training.steps * training.batchSize} texts; no held-out \
prompt is among them. The first ${percent(recipe.practiceShare)} of the steps practise with much \
careful work, the rest settle into guessing and stopping early; the shares are in \
\`workers/pretrainingRecipes.ts\` and the mixtures of \`src/tasks/*Pretraining.ts\`.
- Training: ${training.steps} steps of ${training.batchSize}, ${(trained.tokens / 1e6).toFixed(2)} M tokens, \
AdamW, peak learning rate ${training.peakLearningRate}, ${trained.minutes.toFixed(1)} minutes on \
${flags.backend} (${device}).
- Loss at the end (mean NLL per completion token, running mean): ${trained.loss.toFixed(3)}.

Held-out accuracy before any fine-tuning, 150 prompts of the standard level, pass@1 and pass@8 from 8 \
samples each:

| task | share of texts | greedy | pass@1 | pass@8 |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

async function make(name: PolicyName, recipe: BaseRecipe): Promise<void> {
  console.log(`${name} on ${flags.backend} (${device}), ${recipe.training.steps} steps`);
  const trained = await train(name, recipe);
  const card = await cardOf(name, recipe, trained);
  const folder = join(flags.out, name);
  await mkdir(folder, { recursive: true });
  const tensors = await readPolicy(trained.policy);
  const files = writePolicyFolder({ ...trained.fresh, tensors });
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  await writeFile(join(folder, 'README.md'), card);
  console.log(`wrote ${folder}`);
}

const wanted = flags.policy;
const recipes = Object.entries(baseRecipes).filter(
  ([name]) => wanted === undefined || name === wanted,
);
if (recipes.length === 0) {
  console.error(`--policy: choose one of ${Object.keys(baseRecipes).join(', ')}.`);
  process.exit(2);
}
for (const [name, recipe] of recipes as [PolicyName, BaseRecipe][]) {
  const steps = flags.steps === undefined ? recipe.training.steps : Number(flags.steps);
  await make(name, { ...recipe, training: { ...recipe.training, steps } });
}
process.exit(0);
