/**
 * `npm run bench [-- part …]`: figures, never assertions. Parts:
 *   wasm       the pieces of a training run
 *   webgpu     whole workloads, our kernels against the reference composition, and what they ask of
 *              the GPU
 *   null       the same on Dawn's null backend, which executes nothing: JavaScript alone is timed
 *   rewards    calls of rewards written as code
 *   page       the sizes of the built page
 * and, only where they are named, for they take minutes or hours:
 *   lesson     the whole default lesson on WebGPU in Node: seconds, bits, milestones
 *   watching   the built page in sight against hidden, and how fast it answers
 *   long       2,000 steps of 256 completions in the built page
 *   soak       hours of a small recipe there
 *   fuzz       100,000 hostile inputs for the readers
 *   archive    export and import of a large run
 *   portable   digests of the same runs in Node, Chromium and Firefox
 * Options:
 *   --workload W1,W3   of workloads.ts; else all, without W2 where WebGPU runs in software
 *   --once             one timed run each, for slow machines
 *   --profile          also each kernel's time on the GPU, by timestamps
 *   --ways             of `webgpu` only the two ways of a rollout, in turns
 *   --browser          `webgpu` in headless Chromium, in software; with --gpu on its own GPU
 *   --minutes N        of `soak`; else 120
 *   --inputs N --seed S   of `fuzz`; else 100,000 and 1
 * Without a GPU, WebGPU in Node needs VK_ICD_FILENAMES (see workers/nodeBackend.ts).
 *
 * For a GPU machine with nothing but Node, Dawn's addon and a Vulkan loader:
 *   npm run bench -- --bundle out/bench
 *   cp node_modules/webgpu/dist/linux-x64/dawn.node out/bench/
 * and there: node bench.mjs webgpu null --profile   (DAWN=… where the addon lies elsewhere), and
 * `lesson`, where public/policies lies in the working directory.
 */
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { benchArchive } from './archive.ts';
import { benchInBrowser, buildOneFile } from './browserBench.ts';
import { dawnParts, runParts } from './nodeHost.ts';
import { benchFuzz } from './fuzz.ts';
import { benchLesson } from './lesson.ts';
import { benchLongRun } from './longRun.ts';
import { benchPortable } from './portable.ts';
import { parseCommandLine, type CommandLine } from './options.ts';
import { printPageSize } from './pageSize.ts';
import { benchRewards } from './rewards.ts';
import { benchSoak } from './soak.ts';
import { benchWasm } from './wasmBench.ts';
import { benchWatching } from './watching.ts';

const parts: Record<string, (options: CommandLine) => Promise<void> | void> = {
  wasm: benchWasm,
  ...dawnParts,
  rewards: benchRewards,
  page: () => printPageSize(fileURLToPath(new URL('../../dist', import.meta.url))),
};

/** Only where named. */
const lengthy: typeof parts = {
  lesson: benchLesson,
  watching: benchWatching,
  soak: benchSoak,
  long: benchLongRun,
  fuzz: benchFuzz,
  archive: benchArchive,
  portable: benchPortable,
};

const options = parseCommandLine(process.argv.slice(2));
if (options.browser) parts['webgpu'] = benchInBrowser;
const named = options.parts.length > 0 ? options.parts : Object.keys(parts);
if (options.bundle === null) await runParts({ ...parts, ...lengthy }, named, options);
else buildOneFile('carried', join(options.bundle, 'bench.mjs'), 'test/bench/carried.ts');
process.exit(0);
