/**
 * Runs put together that are the same but for their seed, and what a metric does over those seeds:
 * mean, lowest and highest at each step. One run is a band without width. Pure functions; which
 * runs are compared is compare.svelte.ts, drawing is the page's.
 */
import type { RunConfig } from '../rft/configTable.ts';
import type { RunInfo, StepMetrics } from './protocol.ts';

export interface ComparedRun {
  run: RunInfo;
  /** The run's letter in table, legends and words. */
  letter: string;
  rows: readonly StepMetrics[];
}

export interface SeedBand {
  /** The letters of its runs, which no other band has. */
  id: string;
  label: string;
  runs: readonly ComparedRun[];
}

/** A metric at one place of the x axis, over the seeds that measured it there. */
export interface BandPoint {
  x: number;
  mean: number;
  low: number;
  high: number;
  /** Seeds that measured it. */
  count: number;
}

/** Everything of a recipe but its seed. */
export const seedlessKey = (config: RunConfig): string => JSON.stringify({ ...config, seed: 0 });

/** "Countdown, RFT, seed 1" without its seed. */
const seedlessName = (name: string): string => name.replace(/, seed \d+$/, '');

function labelOf(runs: readonly ComparedRun[]): string {
  const [first] = runs;
  if (!first) return '';
  const letters = runs.map(({ letter }) => letter).join(', ');
  if (runs.length === 1) return `${letters}: ${first.run.name}`;
  const seeds = [...new Set(runs.map(({ run }) => run.config.seed))].sort((a, b) => a - b);
  const word = seeds.length === 1 ? 'seed' : 'seeds';
  return `${letters}: ${seedlessName(first.run.name)}, ${word} ${seeds.join(', ')}`;
}

/** Map.groupBy, which Node 20 lacks. */
function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Runs by recipe, seeds aside, in the order in which each recipe first comes. */
export function seedBands(compared: readonly ComparedRun[]): SeedBand[] {
  const groups = grouped(compared, ({ run }) => seedlessKey(run.config));
  return [...groups.values()].map((runs) => ({
    id: runs.map(({ letter }) => letter).join(''),
    label: labelOf(runs),
    runs,
  }));
}

/** The metric at each step where at least one of the runs measured it, in order of steps. */
export function bandPoints(runs: readonly (readonly StepMetrics[])[], key: string): BandPoint[] {
  const measured = runs.flat().filter(({ values }) => values[key] !== undefined);
  const steps = grouped(measured, ({ step }) => step);
  return [...steps]
    .map(([x, rows]): BandPoint => {
      const values = rows.map((row) => row.values[key]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return { x, mean, low: Math.min(...values), high: Math.max(...values), count: values.length };
    })
    .sort((a, b) => a.x - b.x);
}

/** Seconds that training and evaluations took; waiting and saving are not in it. */
export const runSeconds = (rows: readonly StepMetrics[]): number =>
  rows.reduce(
    (sum, { values }) => sum + (values['step_time'] ?? 0) + (values['eval_time'] ?? 0),
    0,
  );

/** A metric against the seconds that the run had taken when it was measured. */
export function pointsInTime(rows: readonly StepMetrics[], key: string): BandPoint[] {
  let seconds = 0;
  return rows.flatMap((row) => {
    seconds += runSeconds([row]);
    const value = row.values[key];
    if (value === undefined) return [];
    return [{ x: seconds, mean: value, low: value, high: value, count: 1 }];
  });
}

const SEEDS = 2 ** 32;

/** The first seed after the run's own that no run of the same recipe has had. */
export function unusedSeed({ config }: RunInfo, runs: readonly RunInfo[]): number {
  const key = seedlessKey(config);
  const alike = runs.filter((run) => seedlessKey(run.config) === key);
  const used = new Set(alike.map((run) => run.config.seed));
  let seed = (config.seed + 1) % SEEDS;
  while (used.has(seed)) seed = (seed + 1) % SEEDS;
  return seed;
}
