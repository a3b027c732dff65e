/** What a point of an overlay says: the mean, and where there are several seeds their spread. */
import { metricInfo } from '../../session/metricTable.ts';
import type { BandPoint } from '../../session/seedBands.ts';
import { metric } from '../format.ts';

export function pointText(key: string, point: BandPoint | undefined): string {
  const { format } = metricInfo(key);
  if (!point || point.count === 1) return metric(format, point?.mean);
  const [mean, low, high] = [point.mean, point.low, point.high].map((x) => metric(format, x));
  return `${mean} (${low} to ${high}, ${point.count} runs)`;
}
