/** The focus goes to the heading of the page that the visitor comes to; the page starts at its top. */
import type { PageId } from '../session/pages.ts';
import type { View } from '../session/view.svelte.ts';

function focusHeading(heading: HTMLElement | null): void {
  if (!heading) return;
  heading.tabIndex = -1;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

/** For the element around a page: its first h2, whenever the page is come to from another. */
export const headingOf = (view: View, page: PageId) => (element: HTMLElement) => {
  if (view.page === page && view.moved) focusHeading(element.querySelector('h2'));
};
