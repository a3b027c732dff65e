/** Fuzzing of what reads text: links, recipes, and tables of the user's own data. */
import { deflateSync } from 'fflate';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { changedFields, parseConfig } from '../../../src/rft/config.ts';
import type { RunConfig } from '../../../src/rft/configTable.ts';
import { milestoneSteps } from '../../../src/rft/digest.ts';
import { decodeLink, encodeLink, receiptLink } from '../../../src/rft/link.ts';
import { packReceipt, type Receipt } from '../../../src/rft/receipt.ts';
import { guessColumns, readTable, rowsOf, tableText } from '../../../src/session/ownDataFile.ts';
import { recipeProblems } from '../../../src/tasks/recipeProblems.ts';
import { validConfig } from '../configArbitrary.ts';
import type { Draw } from './draw.ts';
import { requireSame, type Target } from './drive.ts';
import { mutatedBytes, mutatedJson, mutatedText } from './mutate.ts';

type Settings = Record<string, unknown>;

const configs: RunConfig[] = fc.sample(validConfig, { numRuns: 40, seed: 7 });
const settings = configs.map((config) => changedFields(config) as Settings);

/** What a run with this recipe could have left. */
function receiptWith(config: RunConfig): Receipt {
  const digest = '0123456789abcdef';
  const milestones = milestoneSteps(config).map((step) => ({
    ...{ step, digest, values: { reward: step / 7, eval_greedy: 0.5 } },
  }));
  const made = { codeVersion: '0123456789ab', policyHash: digest };
  return { config, ...made, backend: 'wasm', device: 'CPU', milestones };
}

const receipts = configs.map((config) => packReceipt(receiptWith(config)));
const receiptLinks = configs.flatMap((config) => receiptLink(receiptWith(config)) ?? []);
const links = [...configs.map(encodeLink), ...receiptLinks];

const encoder = new TextEncoder();

/** A link whose checksum fits whatever is in it. */
function sealedLink(packed: Uint8Array, version = 1): string {
  const sum = sha256(packed).subarray(0, 4);
  return `v${version}.${Buffer.from([...sum, ...packed]).toString('base64url')}`;
}

const anyLink: readonly ((draw: Draw) => string)[] = [
  (draw) => {
    const json = JSON.stringify(mutatedJson(draw, draw.pick(receipts), [...receipts, ...settings]));
    return sealedLink(deflateSync(encoder.encode(json)), 2);
  },
  (draw) => draw.pick(links),
  (draw) => mutatedText(draw, links),
  (draw) => {
    const json = JSON.stringify(mutatedJson(draw, draw.pick(settings), settings));
    return sealedLink(deflateSync(encoder.encode(json)));
  },
  (draw) =>
    sealedLink(
      deflateSync(encoder.encode(mutatedText(draw, [JSON.stringify(draw.pick(settings))]))),
    ),
  (draw) =>
    sealedLink(
      mutatedBytes(draw, [deflateSync(encoder.encode(JSON.stringify(draw.pick(settings))))]),
    ),
];

const linkTarget: Target = {
  name: 'link',
  read(draw) {
    const { config, receipt, receiptProblem, problem } = decodeLink(draw.pick(anyLink)(draw));
    if (problem) return problem.message;
    requireSame(config, decodeLink(encodeLink(config)).config, 'the recipe');
    if (receipt) requireSame(receipt, decodeLink(receiptLink(receipt)!).receipt, 'the receipt');
    return receiptProblem;
  },
};

const configTarget: Target = {
  name: 'config',
  read(draw) {
    const input = draw.chance(0.9)
      ? mutatedJson(
          draw,
          draw.chance(0.5) ? draw.pick(settings) : { ...draw.pick(configs) },
          settings,
        )
      : draw.pick<unknown>([null, 1, 'x', [], [1], true, undefined]);
    const { config, problems } = parseConfig(input);
    if (!config) return problems.map(({ message }) => message).join(' ');
    recipeProblems(config);
    requireSame(config, parseConfig(changedFields(config)).config, 'the recipe');
    return null;
  },
};

const cell = fc.string({
  unit: fc.constantFrom(...Array.from('0123+-|<> ,;"\n\tAé😀')),
  maxLength: 12,
});
const tables: string[] = fc
  .sample(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }), {
    ...{ numRuns: 12, seed: 7 },
  })
  .flatMap((rows) => [
    tableText(rows),
    rows.map(([prompt, answer]) => JSON.stringify({ prompt, answer })).join('\n'),
    rows.map((row) => JSON.stringify(row)).join('\n'),
    JSON.stringify(rows),
    rows.map((row) => row.map((one) => JSON.stringify(one)).join(',')).join('\r\n'),
    rows.map((row) => row.join(';')).join('\n'),
  ]);

const datasetTarget: Target = {
  name: 'dataset',
  async read(draw) {
    const text = mutatedText(draw, tables);
    const { table, problem } = await readTable(text, draw.pick([undefined, true, false]));
    if (!table) return problem;
    const bad = table.records.find((record) => record.problem !== undefined);
    if (bad) return bad.problem!;
    const rows = rowsOf(table, guessColumns(table.columns));
    if (rows.length === 0) return 'no rows';
    const again = await readTable(tableText(rows));
    if (!again.table) throw new Error(`what it read cannot be read again: ${again.problem}`);
    requireSame(rows, rowsOf(again.table, guessColumns(again.table.columns)), 'the table');
    return null;
  },
};

export const textTargets: readonly Target[] = [linkTarget, configTarget, datasetTarget];
