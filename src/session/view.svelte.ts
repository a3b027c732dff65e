/**
 * Which page is shown, as the URL's fragment says. The Lab is asked to open a fragment only where
 * it names another recipe than the one that the Lab took last: going to another page and back
 * leaves the form, and a run in progress, as they were. It draws nothing and moves no focus.
 */
import { fragmentOf, placeOf, type PageId } from './pages.ts';

/** What it needs of the Lab. */
export interface OpensLinks {
  open(fragment: string): Promise<void>;
  /** True when the Lab took it; false while a run is in progress. */
  openLink(fragment: string): boolean;
  readonly runs: { refresh(): Promise<void> };
}

/** Puts another fragment into the address bar without a step in the history. */
const replaceInBrowser = (fragment: string): void => {
  history.replaceState(history.state, '', fragment);
};

export class View {
  readonly #lab: OpensLinks;
  readonly #replace: (fragment: string) => void;
  /** The next fragment of the Lab is to be opened even if it is the one it took last. */
  #anew = false;
  page = $state<PageId>('lab');
  /** What follows the page's '?'. */
  query = $state('');
  /** The Lab was shown at least once. */
  labSeen = $state(false);
  /** What the Lab took last: where the navigation leads back to. */
  labFragment = $state('#');
  /** True from the first change of page on: then a page's heading takes the focus. */
  moved = $state(false);

  constructor(lab: OpensLinks, fragment: string, replace = replaceInBrowser) {
    this.#lab = lab;
    this.#replace = replace;
    this.#show(fragment);
    if (!this.labSeen) void lab.runs.refresh();
  }

  /** The address has changed: a link was followed, or the visitor went back or forward. */
  go(fragment: string): void {
    const before = this.page;
    this.#show(fragment);
    if (this.page !== before) this.moved = true;
  }

  /** Keeps a page's own state in the address, so that it can be shared and come back to. */
  setQuery(query: string): void {
    this.query = query;
    this.#replace(fragmentOf(this.page, query));
  }

  /** Another page has set the Lab up: it is shown like that, whatever the address says. */
  keepLab(): void {
    this.labSeen = true;
  }

  /** A link to a recipe is being followed: it is opened even where the Lab had it before. */
  openAnew(): void {
    this.#anew = true;
  }

  #show(fragment: string): void {
    const { page, query } = placeOf(fragment);
    this.page = page;
    this.query = query;
    if (page === 'lab') this.#showLab(fragment === '' ? '#' : fragment);
    this.#anew = false;
  }

  #showLab(fragment: string): void {
    if (!this.labSeen) {
      this.labSeen = true;
      this.labFragment = fragment;
      void this.#lab.open(fragment);
      return;
    }
    if (fragment === this.labFragment && !this.#anew) return;
    if (this.#lab.openLink(fragment)) this.labFragment = fragment;
  }
}
