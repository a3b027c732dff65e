/**
 * What all charts of a page share: the step under the crosshair, the pinned step, the zoom and the
 * smoothing. It draws nothing and knows no metric.
 */
import type { Smoothing } from '../../session/smoothing.ts';
import { zoomBy, type Range } from './chartRange.ts';

/** One press of a zoom button shows half as many steps, or twice as many. */
const CLOSER = 0.5;

export class ChartView {
  smoothing = $state<Smoothing>('off');
  /** Steps in view; null: the whole run. */
  zoom = $state.raw<Range | null>(null);
  /** Step under the crosshair; null: none. */
  cursor = $state<number | null>(null);
  pinned = $state<number | null>(null);
  /** The step whose values are told; null: the newest. */
  readonly told = $derived(this.pinned ?? this.cursor);

  /** Pins a step, or lets it go when it is the pinned one; true when it is pinned now. */
  togglePin(step: number): boolean {
    this.pinned = this.pinned === step ? null : step;
    return this.pinned !== null;
  }

  zoomIn(newest: number, end: number): void {
    this.#zoomBy(CLOSER, newest, end);
  }

  zoomOut(newest: number, end: number): void {
    this.#zoomBy(1 / CLOSER, newest, end);
  }

  /** Another run: nothing that was looked at is there any more. */
  reset(): void {
    this.zoom = null;
    this.cursor = null;
    this.pinned = null;
  }

  /** About the step that is looked at, else the middle of a zoom, else the newest step. */
  #zoomBy(factor: number, newest: number, end: number): void {
    const middle = this.zoom === null ? newest : (this.zoom[0] + this.zoom[1]) / 2;
    this.zoom = zoomBy(this.zoom ?? [0, end], this.told ?? middle, factor, end);
  }
}
