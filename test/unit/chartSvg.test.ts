/** The saved picture of a chart: what is on screen, where it should be, with every word escaped. */
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/rft/config.ts';
import type { StepMetrics } from '../../src/session/protocol.ts';
import type { ChartFrame } from '../../src/ui/charts/chartFrame.ts';
import { chartLines, claimedLines } from '../../src/ui/charts/chartLines.ts';
import { chartPicture, type Picture } from '../../src/ui/charts/chartPicture.ts';
import { chartSvg } from '../../src/ui/charts/chartSvg.ts';
import { chartsOf } from '../../src/ui/charts/chartTable.ts';

const rows = [1, 2, 3, 4].map((step) => ({
  step,
  values: {
    'completions/clipped_ratio': 0.5,
    ...(step === 3 ? {} : { 'completions/mean_length': 10 * step }),
  },
}));

function picture(pinned: number | null = null): Picture {
  const def = chartsOf(defaultConfig).open.find(({ id }) => id === 'length')!;
  const marks = { changes: [2, 9], checkpoints: [4], pinned };
  return chartPicture({
    def,
    lines: chartLines(def.series(defaultConfig, []), 'off'),
    frame: { rows, claimed: [], range: [0, 4], marks },
    colour: (name) => `c(${name})`,
    smoothed: '',
  });
}

describe('chartPicture', () => {
  it('holds the lines in view, their words and the ends of the axes', () => {
    const { lines, legend, left, right, note } = picture();
    expect(lines[0]!.points).toEqual([
      [1, 10],
      [2, 20],
      [3, null],
      [4, 40],
    ]);
    expect(legend.map(({ text }) => text)).toEqual([
      'mean length 40.00',
      'cut off (right) 50.0\u202f%',
    ]);
    expect(left.range).toEqual([0, 40 * 1.08]);
    expect(right?.range).toEqual([0, 1]);
    expect(note).toBe('tokens · numbers of step 4');
  });

  it('tells the values of the pinned step', () => {
    const { legend, note } = picture(2);
    expect(legend[0]!.text).toBe('mean length 20.00');
    expect(note).toContain('step 2');
  });
});

describe('what a link claims', () => {
  const def = chartsOf(defaultConfig).open.find(({ id }) => id === 'length')!;
  const claimed = [0, 3, 9].map((step) => ({
    step,
    values: { 'completions/mean_length': 50 + step },
  }));
  const series = def.series(defaultConfig, []);
  const drawn = chartPicture({
    def,
    lines: [...claimedLines(series, claimed), ...chartLines(series, 'off')],
    frame: {
      ...{ rows, claimed, range: [0, 4] },
      marks: { changes: [], checkpoints: [], pinned: null },
    },
    colour: (name) => `c(${name})`,
    smoothed: '',
  });

  it('lies dimmed behind the run at its own steps, and is told apart in the legend', () => {
    const [behind] = drawn.lines;
    expect(behind!.points).toEqual([
      [0, 50],
      [3, 53],
    ]);
    expect(behind!.alpha).toBeLessThan(1);
    expect(drawn.left.range[1]).toBeCloseTo(53 * 1.08, 12);
    expect(drawn.legend.map(({ text }) => text.replace(/[\s\d.%]+$/, ''))).toEqual([
      ...['mean length', 'cut off (right)', 'claimed in the link'],
    ]);
    expect(drawn.note).toContain('numbers of step 4');
  });

  it('is written so', () => {
    const svg = chartSvg(drawn);
    expect(svg.match(/opacity="0.3"/g)).toHaveLength(2); // the curve and its sample
    expect(svg.match(/<circle/g)).toHaveLength(2);
  });
});

describe('the note of what is measured now and then', () => {
  const def = chartsOf(defaultConfig).open.find(({ id }) => id === 'heldOut')!;
  const measured = [1, 2, 3, 4].map((step) => ({
    step,
    values: step % 2 === 0 ? { eval_greedy: step / 10 } : { reward: 1 },
  }));
  const told = (all: StepMetrics[], pinned: number | null) => {
    const marks = { changes: [], checkpoints: [], pinned };
    const frame: ChartFrame = { rows: all, claimed: [], range: [0, 4], marks };
    const lines = chartLines(def.series(defaultConfig, []), 'off');
    const { note, legend } = chartPicture({ def, lines, frame, colour: String, smoothed: '' });
    return [note, legend[0]!.text.replace(/\s/g, ' ')];
  };

  it('names the step that its numbers are of', () => {
    expect(told(measured.slice(0, 3), null)[0]).toBe('numbers of step 2');
    expect(told(measured, 3)[0]).toBe('numbers of step 2');
    expect(told(measured, null)[0]).toBe('numbers of step 4');
    expect(told(measured, 3)[1]).toContain('20');
    expect(told([], null)[0]).toBe('');
  });
});

describe('chartSvg', () => {
  it('places points on both axes and breaks a line at a gap', () => {
    const svg = chartSvg(picture());
    // x: 52 + step/4 · 620; y left: 316 − value/43.2 · 260; y right: 316 − 0.5 · 260.
    expect(svg).toContain('d="M207 255.81L362 195.63M672 75.26"');
    expect(svg).toContain('d="M207 186L362 186L517 186L672 186"');
    expect(svg).toContain('stroke-dasharray="6 4"');
  });

  it('draws the marks in view, and the pin only when there is one', () => {
    const svg = chartSvg(picture());
    expect(svg).toContain('x1="362" y1="56" x2="362" y2="316" stroke="c(--warn)"');
    expect(svg).toContain('d="M668 316L676 316L672 309Z"');
    expect(svg.match(/c\(--warn\)/g)).toHaveLength(2); // line and number; step 9 is out of view
    expect(svg).not.toContain('<circle');
    expect(chartSvg(picture(2))).toContain('<circle cx="362" cy="56" r="4"');
  });

  it('escapes words, and breaks a long legend into rows', () => {
    const entry = {
      colour: 'red',
      dash: [],
      width: 2.25,
      alpha: 1,
      text: `<b>&"x" \u0001${'w'.repeat(40)}`,
    };
    const short = chartSvg(picture());
    const svg = chartSvg({ ...picture(), legend: [entry, entry, entry] });
    expect(svg).toContain('&lt;b&gt;&amp;&quot;x&quot; \ufffd');
    expect(svg).not.toContain('<b>');
    const height = (text: string) => Number(/ height="(\d+)"/.exec(text)?.[1]);
    expect(height(svg)).toBe(height(short) + 40);
  });
});
