/** A score as a table cell: a tick, a cross, a number or a dash, and what a screen reader says. */

export interface ScoreMark {
  text: string;
  name: string;
  /** Class of the cell; never the only sign. */
  kind: 'good' | 'bad' | 'soft' | '';
}

const marks = new Map<number | null, ScoreMark>([
  [1, { text: '✓', name: 'yes, 1', kind: 'good' }],
  [0, { text: '✗', name: 'no, 0', kind: 'bad' }],
  [null, { text: '–', name: 'nothing to say', kind: 'soft' }],
]);

export function scoreMark(score: number | null): ScoreMark {
  const text = score?.toFixed(2).replace('-', '−') ?? '';
  return marks.get(score) ?? { text, name: text, kind: '' };
}
