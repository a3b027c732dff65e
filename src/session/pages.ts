/**
 * The pages of the app and the URL fragments that name them. One table: a further page is one more
 * row here and one in ui/pages.ts. The Lab has no word of its own: the empty fragment and every
 * recipe link (src/rft/link.ts) are its, and so is whatever no page is named by, so that the Lab
 * can say what is wrong with it. Pure; what is shown now is view.svelte.ts's.
 */
export type PageId = 'lab' | 'compare' | 'try' | 'learn' | 'step' | 'when' | 'chains' | 'runs';

export interface Page {
  id: PageId;
  /** What follows the '#', without a query. */
  path: string;
  title: string;
  /** The page in the navigation to which it belongs: itself, or the one above. */
  section: PageId;
}

export const pages: readonly Page[] = [
  { id: 'lab', path: '', title: 'Lab', section: 'lab' },
  { id: 'compare', path: 'compare', title: 'Compare', section: 'compare' },
  { id: 'try', path: 'try', title: 'Try it', section: 'try' },
  { id: 'learn', path: 'learn', title: 'Learn', section: 'learn' },
  { id: 'step', path: 'learn/step', title: 'What happens in one step', section: 'learn' },
  { id: 'when', path: 'learn/when', title: 'When RFT, when SFT', section: 'learn' },
  { id: 'chains', path: 'learn/chains', title: 'Several calls in a row', section: 'learn' },
  { id: 'runs', path: 'runs', title: 'Runs', section: 'runs' },
];

/** Those that stand in the navigation. */
export const sections: readonly Page[] = pages.filter(({ id, section }) => id === section);

export function pageOf(id: PageId): Page {
  const page = pages.find((one) => one.id === id);
  if (!page) throw new Error(`internal: no page "${id}"`);
  return page;
}

/** Where a fragment leads: a page, and what follows its '?'. */
export interface Place {
  page: PageId;
  /** Of the Lab: always ''. */
  query: string;
}

const bare = (fragment: string): string => fragment.replace(/^#/, '');

export function placeOf(fragment: string): Place {
  const [path = '', ...rest] = bare(fragment).split('?');
  const page = pages.find((one) => one.path === path && one.id !== 'lab');
  return page ? { page: page.id, query: rest.join('?') } : { page: 'lab', query: '' };
}

/** The fragment of a page, with its '#'. */
export function fragmentOf(id: PageId, query = ''): string {
  return `#${pageOf(id).path}${query === '' ? '' : `?${query}`}`;
}
