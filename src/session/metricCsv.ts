/**
 * Metrics as CSV (RFC 4180): a column `step`, then one a metric under its own key, in full
 * precision; a value that was not measured is an empty cell. Steps with none of them are left out.
 */
import type { StepMetrics } from './protocol.ts';

export async function metricCsv(
  rows: readonly StepMetrics[],
  keys: readonly string[],
): Promise<string> {
  const { default: Papa } = await import('papaparse');
  const measured = rows.filter(({ values }) => keys.some((key) => key in values));
  const data = measured.map(({ step, values }) => [step, ...keys.map((key) => values[key] ?? '')]);
  return `${Papa.unparse({ fields: ['step', ...keys], data })}\r\n`;
}
