/**
 * The figures of a workload as the lines of a comparison: our kernels, the reference composition,
 * and how many times better ours are.
 */
import type { Piece, StepFigures } from './stepFigures.ts';
import type { Compared } from './table.ts';
import type { Workload } from './workloads.ts';

type Line = readonly [
  what: string,
  unit: string,
  better: Compared['better'],
  of: (figures: StepFigures) => number | null,
];

/** Times of one piece, and what it asks of the GPU. */
function linesOf(what: string, ms: string, of: (figures: StepFigures) => Piece): Line[] {
  const line = (key: keyof Piece, label: string, unit: string): Line => [
    `${what}${label}`,
    unit,
    'less',
    (figures) => of(figures)[key],
  ];
  return [
    line('ms', '', ms),
    line('dispatches', ', dispatches', ''),
    line('submits', ', submits', ''),
    line('readbacks', ', readbacks', ''),
  ];
}

/** The lines of a comparison. `rates` are left out where nothing is executed. */
export function comparedLines(
  workload: Workload,
  ours: StepFigures | null,
  reference: StepFigures | null,
  rates: boolean,
): Compared[] {
  const sampled = workload.completions * workload.newTokens;
  const ms = rates ? 'ms' : 'ms of JavaScript';
  const rate: Line[] = [
    ['rollout', 'tokens/s', 'more', ({ rollout }) => (sampled * 1000) / rollout.ms],
    [
      'training',
      'tokens/s',
      'more',
      ({ training, tokensTrained }) => (tokensTrained * 1000) / training.ms,
    ],
  ];
  const lines: Line[] = [
    ...(rates ? rate : []),
    ...linesOf('a decoded token of every row', ms, ({ token }) => token),
    ...linesOf('rollout', ms, ({ rollout }) => rollout),
    ...linesOf('training pass with AdamW', ms, ({ training }) => training),
    ...linesOf('whole step', ms, ({ step }) => step),
    ['GPU memory of tensors', 'MB', 'less', ({ tensorBytes }) => tensorBytes / 1e6],
    [
      'GPU memory of all live buffers',
      'MB',
      'less',
      (figures) => figures.liveBytes && figures.liveBytes / 1e6,
    ],
  ];
  return lines.map(([what, unit, better, of]) => ({
    what,
    unit,
    better,
    ours: ours && of(ours),
    reference: reference && of(reference),
  }));
}
