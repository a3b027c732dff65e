/**
 * Where the lines of the chains chart lie, in pixels: accuracy of the whole (0 to 100 %) against
 * the number of links. Pure; the component draws it.
 */
import type { LengthPoint } from '../../session/chains.ts';
import { toNumber, type Ratio } from '../../session/ratio.ts';

export const HEIGHT = 260;
const EDGE = { left: 44, right: 12, top: 12, bottom: 40 };
const Y_TICKS = [0, 0.25, 0.5, 0.75, 1];

export interface Tick {
  at: number;
  text: string;
}

export interface ChainChart {
  /** The frame's corners. */
  frame: { left: number; right: number; top: number; bottom: number };
  xTicks: Tick[];
  yTicks: Tick[];
  /** Paths of the two curves. */
  base: string;
  tuned: string;
  x: (links: number) => number;
  y: (accuracy: Ratio) => number;
}

export function chainChart(points: readonly LengthPoint[], width: number): ChainChart {
  const frame = {
    left: EDGE.left,
    right: Math.max(EDGE.left + 1, width - EDGE.right),
    top: EDGE.top,
    bottom: HEIGHT - EDGE.bottom,
  };
  const longest = Math.max(2, points.length);
  const x = (links: number): number =>
    frame.left + ((links - 1) / (longest - 1)) * (frame.right - frame.left);
  const height = (share: number): number => frame.bottom - share * (frame.bottom - frame.top);
  const y = (accuracy: Ratio): number => height(toNumber(accuracy));
  const path = (of: (point: LengthPoint) => Ratio): string =>
    points
      .map((point, i) => {
        const [across, down] = [x(point.links), y(of(point))];
        return `${i === 0 ? 'M' : 'L'}${across.toFixed(1)} ${down.toFixed(1)}`;
      })
      .join('');
  return {
    frame,
    xTicks: points
      .filter(({ links }) => links === 1 || links % 5 === 0)
      .map(({ links }) => ({ at: x(links), text: String(links) })),
    yTicks: Y_TICKS.map((share) => ({ at: height(share), text: `${share * 100}%` })),
    base: path(({ base }) => base),
    tuned: path(({ tuned }) => tuned),
    x,
    y,
  };
}
