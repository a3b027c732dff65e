/** The pure parts of the charts: ranges, ticks, keys, lines, values told. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/rft/config.ts';
import type { RunConfig } from '../../src/rft/configTable.ts';
import { valueAt } from '../../src/ui/charts/chartFrame.ts';
import { stepByKey } from '../../src/ui/charts/chartKeys.ts';
import {
  chartColumns,
  chartLines,
  claimedLines,
  lineValues,
} from '../../src/ui/charts/chartLines.ts';
import { lastStepShown, ticks, tickText, zoomBy, zoomTo } from '../../src/ui/charts/chartRange.ts';
import { chartsOf } from '../../src/ui/charts/chartTable.ts';
import { ChartView } from '../../src/ui/charts/chartView.svelte.ts';

function recipe(settings: Record<string, unknown> = {}): RunConfig {
  const { config, problems } = parseConfig(settings);
  if (!config) throw new Error(JSON.stringify(problems));
  return config;
}

describe('zoom', () => {
  it('takes whole steps inside the run, two at least, and all of it as none', () => {
    expect(zoomTo([9.6, 20.4], 60)).toEqual([10, 21]);
    expect(zoomTo([30.2, 30.4], 60)).toEqual([30, 32]);
    expect(zoomTo([55, 75], 60)).toEqual([40, 60]);
    expect(zoomTo([-1, 61], 60)).toBeNull();
  });

  it('goes closer about a step and away again', () => {
    expect(zoomBy([0, 60], 30, 0.5, 60)).toEqual([15, 45]);
    expect(zoomBy([0, 60], 60, 0.5, 60)).toEqual([30, 60]);
    expect(zoomBy([15, 45], 30, 2, 60)).toBeNull();
  });

  it('is about the pinned step, else the crosshair, else the newest', () => {
    const view = new ChartView();
    view.zoomIn(40, 100);
    expect(view.zoom).toEqual([15, 65]);
    view.reset();
    view.cursor = 80;
    view.togglePin(30);
    view.zoomIn(40, 100);
    expect(view.zoom).toEqual([5, 55]);
    expect([view.told, view.togglePin(30), view.told]).toEqual([30, false, 80]);
  });
});

describe('axes', () => {
  it('shows a short run whole and doubles for a long one', () => {
    expect([0, 100, 101, 900].map((step) => lastStepShown(step, 800))).toEqual([
      100, 100, 200, 800,
    ]);
    expect(lastStepShown(3, 6)).toBe(6);
  });

  it('has round ticks without float noise', () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([-0.25, 0.31], 5)).toEqual([-0.2, 0, 0.2]);
    expect(ticks([0, 60], 10)).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(ticks([0, 0.05], 5)).toEqual([0, 0.01, 0.02, 0.03, 0.04, 0.05]);
  });

  it('writes ticks short', () => {
    expect(tickText(0.5, true)).toBe('50%');
    expect([0.05, 5000, 10000, 2.5e6, -0.1, 0.1 + 0.2].map((n) => tickText(n, false))).toEqual([
      '0.05',
      '5000',
      '10k',
      '2.5M',
      '−0.1',
      '0.3',
    ]);
  });
});

describe('keys', () => {
  const steps = Array.from({ length: 30 }, (_, i) => i + 5);
  it.each([
    ['ArrowRight', 10, 11],
    ['ArrowLeft', 10, 9],
    ['ArrowLeft', 5, 5],
    ['PageUp', 10, 20],
    ['PageDown', 10, 5],
    ['Home', 10, 5],
    ['End', 10, 34],
    ['ArrowLeft', null, 34],
    ['Tab', 10, undefined],
  ] as const)('%s from %s leads to %s', (key, from, to) => {
    expect(stepByKey(key, steps, from)).toBe(to);
  });

  it('lead nowhere without steps', () => {
    expect(stepByKey('ArrowRight', [], null)).toBeUndefined();
  });
});

describe('lines', () => {
  const series = chartsOf(recipe()).open.flatMap((def) => def.series(recipe(), ['correct']));
  const rows = [1, 2, 3].map((step) => ({ step, values: { reward: step % 2 } }));

  it('are the measured ones without smoothing', () => {
    const lines = chartLines(series, 'off');
    expect(lines.map(({ key, alpha }) => [key, alpha])).toEqual(series.map(({ key }) => [key, 1]));
    expect(lineValues(rows, lines[0]!)).toEqual([1, 0, 1]);
  });

  it('show the measured one behind its average, held-out accuracy as it is', () => {
    const lines = chartLines(series, 'strong');
    const reward = lines.filter(({ key }) => key === 'reward');
    expect(lineValues(rows, reward[0]!)).toEqual([1, 0, 1]);
    expect(reward[0]!.alpha).toBeLessThan(1);
    expect(lineValues(rows, reward[1]!)[1]).toBeCloseTo(0.09 / 0.19, 12);
    const heldOut = lines.filter(({ key }) => key === 'eval_greedy');
    expect(heldOut.map(({ weight, alpha }) => [weight, alpha])).toEqual([[0, 1]]);
  });

  it('of a claimed run lie behind at its own steps, also beyond what has run', () => {
    const claimed = [0, 2, 4].map((step) => ({ step, values: { reward: step / 4 } }));
    const behind = claimedLines(series, claimed);
    expect(behind.map(({ key, alpha }) => [key, alpha < 1])).toEqual([['reward', true]]);
    const [steps, ...columns] = chartColumns({ rows, claimed }, [
      ...behind,
      chartLines(series, 'off')[0]!,
    ]);
    expect(steps).toEqual([0, 1, 2, 3, 4]);
    expect(columns).toEqual([
      [0, null, 0.5, null, 1],
      [null, 1, 0, 1, null],
    ]);
  });

  it('tell the value of a step, or the last one before it', () => {
    const sparse = [
      { step: 0, values: { eval_greedy: 0.1 } },
      { step: 1, values: { reward: 1 } },
      { step: 10, values: { eval_greedy: 0.5 } },
    ];
    expect([0, 9, 10, null].map((step) => valueAt(sparse, 'eval_greedy', step))).toEqual([
      0.1, 0.1, 0.5, 0.5,
    ]);
    expect(valueAt(sparse, 'reward', 0)).toBeUndefined();
  });
});

describe('clipping', () => {
  const shown = (config: RunConfig) =>
    chartsOf(config)
      .open.filter(({ id }) => ['clip', 'cap'].includes(id))
      .flatMap((def) => def.series(config, []).map(({ key }) => key));

  it('is drawn by what the loss counts, where there are updates off the policy', () => {
    const cispo = { lossType: 'cispo', epsilonHigh: 5 };
    const both = ['clip_ratio/low_mean', 'clip_ratio/high_mean'];
    expect(shown(recipe({ numIterations: 2 }))).toEqual(both);
    expect(shown(recipe({ ...cispo, numIterations: 2 }))).toEqual(['cispo_clip_ratio']);
    expect(shown(recipe({ numIterations: 2, lossType: 'sapo' }))).toEqual([]);
    expect(shown(recipe(cispo))).toEqual([]);
  });
});

describe('loss', () => {
  it('is folded away for RFT and in front for SFT', () => {
    const ids = (config: RunConfig) => {
      const { open, folded } = chartsOf(config);
      return [open, folded].map((defs) =>
        defs.map(({ id }) => id).filter((id) => /loss/i.test(id)),
      );
    };
    expect(ids(recipe())).toEqual([[], ['rftLoss']]);
    expect(ids(recipe({ method: 'sft' }))).toEqual([['loss'], []]);
  });
});
