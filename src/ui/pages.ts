/**
 * What draws each page beside the Lab. They are loaded when they are first shown, so that the first
 * page stays small; the Lab itself stands in App.svelte, because it keeps going under the others.
 */
import type { Component } from 'svelte';
import type { Lab } from '../session/lab.svelte.ts';
import type { PageId } from '../session/pages.ts';
import type { View } from '../session/view.svelte.ts';

export interface PageProps {
  lab: Lab;
  view: View;
}

type Load = () => Promise<{ default: Component<PageProps> }>;

export const lazyPages: Record<Exclude<PageId, 'lab'>, Load> = {
  compare: () => import('./compare/ComparePage.svelte'),
  try: () => import('./try/TryView.svelte'),
  learn: () => import('./learn/Learn.svelte'),
  step: () => import('./learn/OneStep.svelte'),
  when: () => import('./learn/When.svelte'),
  chains: () => import('./learn/Chains.svelte'),
  runs: () => import('./runs/RunsPage.svelte'),
};
