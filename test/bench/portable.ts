/**
 * `npm run bench -- portable` (needs a build): the same portable runs in Node, Chromium and Firefox,
 * the whole default run first, then short ones that take every other way through the code; and how
 * far the figures of two runs part when nothing but rounding differs, which is what the tolerance of
 * receipts (src/rft/verdict.ts) is set by. For the latter every weight of the base policy is moved
 * by 1 and by 256 units in its last place.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, type Browser } from 'puppeteer-core';
import { preview } from 'vite';
import { drawStream } from '../../models/philox.ts';
import { writePolicyFolder } from '../../models/policyFolder.ts';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { decodeLink, encodeLink } from '../../src/rft/link.ts';
import { isCodeReward } from '../../src/rft/rewardSpec.ts';
import { receiptMetrics, shortDigest } from '../../src/rft/receipt.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import { runToEnd } from '../../workers/headless.ts';
import { readPolicyFrom } from '../../workers/node.ts';
import { findChromium, plainArgs } from '../chromium.mjs';
import { findFirefox } from '../firefox.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const policies = join(root, 'public/policies');
const PATIENCE = 30 * 60_000;

type Settings = { -readonly [K in keyof RunConfig]?: RunConfig[K] };

const short: Settings = {
  ...{ maxSteps: 4, evalSteps: 2, numEvalPrompts: 8, numEvalGenerations: 2, warmupSteps: 1 },
  ...{ numPrompts: 8, generationBatchSize: 32, numGenerations: 8, learningRate: 1e-3 },
};
const code = 'function reward({ answer }) { return Math.exp(-answer.length) + Math.sin(1) ** 2; }';

const recipes: Record<string, Settings> = {
  'the whole default run': {},
  'truncated sampling': { ...short, topP: 0.9, topK: 12, minP: 0.02, temperature: 0.9 },
  'KL, entropy bonus, cosine': {
    ...{ ...short, beta: 0.05, entropyCoef: 0.01, lrSchedulerType: 'cosine' },
    ...{ syncRefModel: true, refModelSyncSteps: 2, topEntropyQuantile: 0.5 },
  },
  'SAPO, two updates': { ...short, lossType: 'sapo', numIterations: 2 },
  'VESPO, two updates': { ...short, lossType: 'vespo', numIterations: 2 },
  'GSPO, KL in the reward': {
    ...{ ...short, lossType: 'grpo', importanceSamplingLevel: 'sequence' },
    ...{ beta: 0.05, klInReward: true },
  },
  supervised: { ...short, method: 'sft' },
  'rejection sampling': { ...short, method: 'rejection' },
  'fresh weights (reversal)': { ...short, task: 'reversal', policy: 'untrained-0.1M' },
  'reward code': {
    ...short,
    rewards: [{ kind: 'code', name: 'mine', source: code, range: [0, 2] }],
  },
};

function configOf(settings: Settings): RunConfig {
  const { config, problems } = parseConfig({ ...settings, device: 'portable' });
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

interface Made {
  digests: string[];
  seconds: number;
}

async function inNode(config: RunConfig): Promise<Made> {
  const { rows, seconds } = await runToEnd(config, { backend: 'wasm', policies });
  const digests = rows.flatMap(({ digest }) => (digest === undefined ? [] : [shortDigest(digest)]));
  return { digests, seconds };
}

/** What the built page's receipt says; the seconds are from Run to the end. */
async function inPage(browser: Browser, url: string, config: RunConfig): Promise<Made> {
  const page = await browser.newPage();
  await page.goto(`${url}#${encodeLink(config)}`);
  const button = (name: string) => page.locator(`::-p-aria([name="${name}"][role="button"])`);
  const begin = performance.now();
  await button('Run').click();
  if (config.rewards.some(isCodeReward)) await button('Run this code').click();
  await page.waitForFunction(
    () => document.querySelector('[data-testid=status]')?.textContent.startsWith('Finished'),
    { timeout: PATIENCE },
  );
  const seconds = (performance.now() - begin) / 1000;
  await button('Share').click();
  const field = await page.waitForSelector('[data-testid=share-url]');
  const shared = await field?.evaluate((element) => (element as HTMLInputElement).value);
  const { receipt } = decodeLink(new URL(shared ?? url).hash);
  await page.close();
  return { digests: receipt?.milestones.map(({ digest }) => digest) ?? [], seconds };
}

async function compareEngines(): Promise<void> {
  const server = await preview({
    root,
    preview: { port: 0, host: '127.0.0.1' },
    logLevel: 'error',
  });
  const url = server.resolvedUrls?.local[0] ?? '';
  const [chromiumPath, firefoxPath] = [findChromium(), findFirefox()];
  if (chromiumPath === undefined || firefoxPath === undefined) {
    throw new Error('this bench needs Chromium and Firefox');
  }
  const common = { headless: true, protocolTimeout: PATIENCE };
  const chromium = await launch({ ...common, executablePath: chromiumPath, args: plainArgs });
  const firefox = await launch({ ...common, browser: 'firefox', executablePath: firefoxPath });
  console.log(`Node ${process.version}, ${await chromium.version()}, ${await firefox.version()}\n`);
  console.log('| run | last digest | Node, s | Chromium, s | Firefox, s | the same |');
  console.log('| --- | --- | ---: | ---: | ---: | --- |');
  for (const [name, settings] of Object.entries(recipes)) {
    const config = configOf(settings);
    const made = [
      await inNode(config),
      await inPage(chromium, url, config),
      await inPage(firefox, url, config),
    ];
    const texts = new Set(made.map(({ digests }) => digests.join()));
    const same = texts.size === 1 && made[0]!.digests.length > 1;
    const cells = [name, made[0]!.digests.at(-1), ...made.map(({ seconds }) => seconds.toFixed(1))];
    console.log(`| ${cells.join(' | ')} | ${same ? `all ${made[0]!.digests.length}` : 'NO'} |`);
  }
  await Promise.all([chromium.close(), firefox.close()]);
  await server.close();
}

const words = new DataView(new ArrayBuffer(4));

/** A near float32, so many units in the last place off. */
function moved(value: number, units: number): number {
  words.setFloat32(0, value);
  words.setUint32(0, words.getUint32(0) + units);
  return words.getFloat32(0);
}

/** A folder with the base policy, every weight of it so many units in its last place off. */
async function perturbed(name: string, units: number): Promise<string> {
  const { folder } = await readPolicyFrom(policies, name);
  const draw = drawStream(1, 'initialWeights', 0);
  const tensors = new Map(
    [...folder.tensors].map(([key, { shape, data }]) => [
      key,
      {
        shape,
        data: data.map((value) => (value === 0 ? 0 : moved(value, draw(2) === 1 ? units : -units))),
      },
    ]),
  );
  const target = await mkdtemp(join(tmpdir(), 'rft-perturbed-'));
  await mkdir(join(target, name));
  for (const [file, bytes] of Object.entries(writePolicyFolder({ ...folder, tensors }))) {
    await writeFile(join(target, name, file), bytes);
  }
  return target;
}

/** The largest difference of each metric at the milestones, over three seeds. */
async function measureRounding(): Promise<void> {
  const folders = await Promise.all([1, 256].map((units) => perturbed('base-0.4M', units)));
  const milestones = async (config: RunConfig, from: string) => {
    const { rows } = await runToEnd(config, { backend: 'wasm', policies: from });
    return rows.filter(({ digest }) => digest !== undefined);
  };
  const apart = (a: readonly StepMetrics[], b: readonly StepMetrics[], key: string): string => {
    const all = a.map(({ values }, i) => Math.abs(values[key]! - b[i]!.values[key]!));
    return Math.max(...all.filter(Number.isFinite)).toPrecision(2);
  };
  console.log('\n| default run: largest difference at a milestone | off by 1 | off by 256 |');
  console.log('| --- | ---: | ---: |');
  for (const seed of [1, 2, 3]) {
    const config = configOf({ seed });
    const own = await milestones(config, policies);
    const others: StepMetrics[][] = [];
    for (const folder of folders) others.push(await milestones(config, folder));
    for (const key of receiptMetrics) {
      const cells = others.map((rows) => apart(own, rows, key));
      console.log(`| seed ${seed}, ${key} | ${cells.join(' | ')} |`);
    }
  }
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
}

export async function benchPortable(): Promise<void> {
  await compareEngines();
  await measureRounding();
}
