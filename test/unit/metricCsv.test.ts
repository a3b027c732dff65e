/** Metrics as CSV: keys as columns, full precision, gaps empty, quotes where they are needed. */
import { expect, it } from 'vitest';
import { metricCsv } from '../../src/session/metricCsv.ts';

it('writes every measured step in full precision', async () => {
  const rows = [
    { step: 0, values: { eval_greedy: 1 / 3 } },
    { step: 1, values: { reward: 0.1 + 0.2, kl: 1e-9 } },
    { step: 2, values: { loss: 1 } },
    { step: 3, values: { reward: -2, eval_greedy: 0 } },
  ];
  const text = await metricCsv(rows, ['reward', 'eval_greedy', 'kl']);
  expect(text.split('\r\n')).toEqual([
    'step,reward,eval_greedy,kl',
    '0,,0.3333333333333333,',
    '1,0.30000000000000004,,1e-9',
    '3,-2,0,',
    '',
  ]);
});

it('quotes a key that holds a comma or a quotation mark', async () => {
  const key = 'rewards/a,"b"/mean';
  const text = await metricCsv([{ step: 1, values: { [key]: 1 } }], [key]);
  expect(text).toBe('step,"rewards/a,""b""/mean"\r\n1,1\r\n');
});
