/**
 * Lint rules: type-checked strict, Svelte included; a warning counts as an error (npm run check).
 * Which folder may import which is not decided here but in .dependency-cruiser.cjs.
 */
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** What makes two runs with one seed differ, or runs text as code. */
const banned = [
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Draw from the counter-based generator, so that a seed decides everything.',
  },
];

/** What differs between JavaScript engines; where numbers of a run are made, it is not used. */
const engineMaths = [
  {
    selector:
      "MemberExpression[object.name='Math'][property.name=/^(a?(sin|cos|tan)h?|atan2|exp|expm1|log|log1p|log2|log10|pow|cbrt|hypot)$/]",
    message: 'Engines differ in it: take models/portableMath.ts.',
  },
  {
    // Powers of two are exact everywhere.
    selector: "BinaryExpression[operator='**']:not([left.value=2])",
    message: 'Engines differ in powers: multiply, or take models/portableMath.ts.',
  },
  {
    selector: "AssignmentExpression[operator='**=']",
    message: 'Engines differ in powers: multiply, or take models/portableMath.ts.',
  },
];

/** Fields of tfjs backends that are not its public face: models/webgpu and models/wasm only. */
const tfjsInsides = {
  selector:
    'MemberExpression[property.name=/^(tensorMap|commandQueueOwnedIds|ensureCommandEncoderReady|bufferManager|textureManager|runWebGPUProgram|uploadToGPU|dataIdMap|submitQueue)$/]',
  message: 'The insides of a tfjs backend are touched in models/webgpu and models/wasm only.',
};

export default defineConfig(
  {
    ignores: [
      'dist/',
      'out/',
      'public/',
      'models/wasm/kernels/',
      '**/*.generated.ts',
      '.dependency-cruiser.cjs',
    ],
  },
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      globals: { ...globals.browser, ...globals.worker, ...globals.node },
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-implied-eval': 'off', // the type-checked one below replaces it
      '@typescript-eslint/no-implied-eval': 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'no-restricted-syntax': ['error', ...banned, tfjsInsides],
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { destructuring: 'all' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `array[i]!` in numeric loops: the bound is the loop's own; a check would cost and say nothing.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      // Metric keys such as `values['clip_ratio/region_mean']` stand beside `values['reward']`.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['{models,workers}/**', 'src/{rft,tasks,graders}/**'],
    rules: { 'no-restricted-syntax': ['error', ...banned, tfjsInsides, ...engineMaths] },
  },
  {
    files: ['models/{webgpu,wasm}/**'],
    rules: { 'no-restricted-syntax': ['error', ...banned, ...engineMaths] },
  },
  {
    files: ['test/**'],
    rules: { 'no-restricted-syntax': ['error', ...banned] },
  },
  {
    // Runs inside QuickJS on values that may be anything; its tests check it, types cannot.
    files: ['workers/sandbox/prelude.js'],
    extends: [ts.configs.disableTypeChecked],
    rules: {
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    // Command lines and scripts talk through the terminal.
    files: [
      '*.mjs',
      'test/**/*.mjs',
      'test/bench/**',
      'workers/rft.ts',
      'workers/{pretrain,evidence,record}.ts',
      'models/wasm/build.mjs',
    ],
    rules: { 'no-console': 'off' },
  },
);
