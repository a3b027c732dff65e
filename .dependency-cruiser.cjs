/**
 * Who may import whom, as architecture.md has it. A rule that fails here is mended in the code,
 * or here and in architecture.md in the same change. Tests may import anything and are not cruised.
 *
 * The page (ui, session) may use the tfjs-free part of rft: its tables, config, link, data sets,
 * gold completions, advantages and memory budget.
 */
const PURE_RFT =
  '^src/rft/(advantage|asked|configTable|config|fieldSchemas|changeable|codeInput|crossChecks|recipeChange|forkedRecipe|digest|receipt|verdict|codeVersion|rewardSpec|lossTable|presets|rowsHash|spreadForecast|fields/\\w+|link|policyTable|policyDecoder|taskRecipes|dataset|shuffled|goldCompletion|runSizes|memoryPieces|memory)\\.ts$';
/** What the pure part of rft may use of models: plain numbers and types, no tensors. */
const PURE_MODELS =
  '^models/(errors|philox|portableMath|tokenizer|decoderConfig|parameters|safetensors|memory|ops/lane|wasm/kernelWords|webgpu/passBuffers|webgpu/rolloutWords)\\.ts$';
const ERRORS = '^models/errors\\.ts$';
const PROTOCOL = '^src/session/(protocol|archiveProtocol)\\.ts$';
/** File formats that workers write too: recorded runs, metrics as CSV. */
const RECORDING = '^src/session/(recording|metricCsv)\\.ts$';
const OWN = '^(src|models|workers)/';
/** They need to know where QuickJS's WebAssembly lies. */
const WASM_ADDRESSES = '^workers/(reward\\.worker|sandbox/nodeRunner)\\.ts$';
/** Scripts that run on a contributor's machine and are no part of the page. */
const SCRIPTS = '^workers/(node|rft|pretrain|evidence|record|headless)|^models/wasm/build\\.mjs$';
const SVELTE_MODULE = '\\.svelte(\\.ts)?$';

/** What a folder may import of the project; everything else in it is refused. */
const folder = (name, from, allowed) => ({
  name: `${name}-imports-only-its-layer-below`,
  severity: 'error',
  from: { path: from },
  to: { path: OWN, pathNot: allowed },
});

/** An npm package that only some folders may import. */
const door = (name, packages, allowed) => ({
  name: `${name}-has-one-door`,
  severity: 'error',
  from: { path: OWN, pathNot: allowed },
  to: { path: `(^|/)node_modules/(${packages})/` },
});

/** An import that is fine for its types and for nothing else. */
const typeOnly = (name, from, to) => ({
  name: `${name}-by-type-only`,
  severity: 'error',
  from: { path: from },
  to: { path: to, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      // Vite resolves it; here the query hides the package's export.
      to: { couldNotResolve: true, pathNot: '^@jitl/quickjs-wasmfile-release-sync/wasm\\?url$' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: OWN, pathNot: [SVELTE_MODULE, '^src/ui/', SCRIPTS] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    folder('ui', '^src/ui/', ['^src/(ui|session|graders)/', PURE_RFT]),
    folder('session', '^src/session/', [
      '^src/(session|storage|tasks|graders)/',
      '^workers/',
      PURE_RFT,
      ERRORS,
    ]),
    folder('storage', '^src/storage/', ['^src/storage/', PROTOCOL, PURE_RFT, ERRORS]),
    folder('rft', '^src/rft/', ['^src/rft/', '^models/', '^src/tasks/task\\.ts$', '^src/graders/']),
    folder('models', '^models/', ['^models/']),
    folder('tasks', '^src/tasks/', ['^src/tasks/']),
    folder('graders', '^src/graders/', ['^src/graders/']),
    folder('workers', '^workers/', [
      '^workers/',
      '^src/(rft|tasks|graders|storage)/',
      '^models/',
      PROTOCOL,
      RECORDING,
    ]),
    {
      name: 'session-protocol-needs-only-types-of-the-config-table',
      severity: 'error',
      from: { path: PROTOCOL },
      to: { pathNot: '^src/(rft/(asked|configTable|changeable)|graders/codeReward)\\.ts$' },
    },
    typeOnly('protocol-imports', PROTOCOL, '.'),
    typeOnly('protocol', OWN, PROTOCOL),
    typeOnly('workers-from-session', '^src/session/', '^workers/'),
    typeOnly('tasks-from-rft', '^src/rft/', '^src/tasks/'),
    {
      name: 'tasks-and-graders-need-no-package',
      severity: 'error',
      from: { path: '^src/(tasks|graders)/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'] },
    },
    {
      name: 'pure-rft-is-free-of-tfjs',
      severity: 'error',
      from: { path: PURE_RFT },
      to: {
        path: '(^|/)node_modules/@tensorflow/|^models/',
        pathNot: PURE_MODELS,
        reachable: true,
      },
    },
    door('tfjs', '@tensorflow', ['^models/', '^src/rft/']),
    door('tfjs-webgpu', '@tensorflow/tfjs-backend-webgpu', ['^models/webgpu/']),
    door('idb', 'idb', ['^src/storage/']),
    door('comlink', 'comlink', ['^src/session/', '^workers/']),
    door('quickjs', 'quickjs-emscripten-core|@jitl', [
      '^workers/sandbox/quickjs\\.ts$',
      WASM_ADDRESSES,
    ]),
    door('svelte', 'svelte', ['^src/ui/', SVELTE_MODULE]),
    door('charts', 'uplot', ['^src/ui/']),
    door('editor', 'codemirror|@codemirror|@lezer', ['^src/ui/']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^models/wasm/kernels/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'browser', 'import', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
