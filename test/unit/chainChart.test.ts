/** The chains chart's lines and the chains page's figures as text. */
import { expect, test } from 'vitest';
import { byLength } from '../../src/session/chains.ts';
import { decimalRatio, ratio } from '../../src/session/ratio.ts';
import { chainChart } from '../../src/ui/learn/chainChart.ts';
import { equals, percent, points, raised, tied, timesText } from '../../src/ui/learn/percents.ts';

const chart = chainChart(byLength({ base: ratio(1, 2), tuned: ratio(1) }, 20), 600);

test('curves run from the first link to the last within the frame', () => {
  const { left, right, top, bottom } = chart.frame;
  expect([chart.x(1), chart.x(20)]).toEqual([left, right]);
  expect([chart.y(ratio(1)), chart.y(ratio(0))]).toEqual([top, bottom]);
  expect(chart.tuned.match(/[ML]/g)).toHaveLength(20);
  expect(chart.tuned).toMatch(new RegExp(`^M${left}\\.0 ${top}\\.0L`));
  expect(chart.base).toMatch(new RegExp(`^M${left}\\.0 ${((top + bottom) / 2).toFixed(1)}L`));
});

test('ticks stand where their values are', () => {
  expect(chart.xTicks.map(({ text }) => text)).toEqual(['1', '5', '10', '15', '20']);
  for (const { at, text } of chart.xTicks) expect(at).toBe(chart.x(Number(text)));
  expect(chart.yTicks.map(({ text }) => text)).toEqual(['0%', '25%', '50%', '75%', '100%']);
});

test('a frame without room is still one', () => {
  const { frame, x } = chainChart(byLength({ base: ratio(1), tuned: ratio(1) }, 1), 0);
  expect(frame.right).toBeGreaterThan(frame.left);
  expect(x(1)).toBe(frame.left);
});

test('figures say when they are rounded, and which way they go', () => {
  expect(percent(decimalRatio(0.729))).toBe('72.9\u202f%');
  expect(equals(decimalRatio(0.729))).toBe('= 72.9\u202f%');
  expect(equals(ratio(1, 3))).toBe('≈ 33.33\u202f%');
  expect(equals(ratio(1, 100_000))).toBe('< 0.01\u202f%');
  expect(points(decimalRatio(0.729), decimalRatio(0.81))).toBe('+8.1\u202fpoints');
  expect(points(ratio(1, 3), ratio(1, 4))).toBe('≈ −8.33\u202fpoints');
  expect(points(ratio(1, 3), ratio(1, 3))).toBe('no change');
  expect([timesText(ratio(146, 9)), timesText(ratio(11, 10))]).toEqual(['16.2', '1.1']);
  expect(timesText(ratio(426_957, 100))).toBe('4,270');
  expect([raised(12), tied('38 % to 46 %')]).toEqual(['¹²', '38\u202f% to 46\u202f%']);
});
