/** Which page a fragment shows, and when the Lab is asked to open one. */
import { expect, test } from 'vitest';
import { fragmentOf, pageOf, pages, placeOf, sections } from '../../src/session/pages.ts';
import { View } from '../../src/session/view.svelte.ts';

/** A Lab that writes down what it is asked. */
function labOf() {
  const asked: string[] = [];
  return {
    asked,
    busy: false,
    open(fragment: string) {
      asked.push(`open ${fragment}`);
      return Promise.resolve();
    },
    openLink(fragment: string) {
      asked.push(`link ${fragment}`);
      return !this.busy;
    },
    runs: {
      refresh: () => {
        asked.push('runs');
        return Promise.resolve();
      },
    },
  };
}

test('every page has a fragment of its own that leads back to it', () => {
  for (const { id } of pages) {
    expect(placeOf(fragmentOf(id))).toEqual({ page: id, query: '' });
    expect(pageOf(pageOf(id).section).section).toBe(pageOf(id).section);
  }
  expect(new Set(pages.map(({ path }) => path)).size).toBe(pages.length);
  expect(sections.map(({ id }) => id)).toEqual(['lab', 'compare', 'try', 'learn', 'runs']);
});

test.each([
  ['', 'lab', ''],
  ['#', 'lab', ''],
  ['#v1.abc', 'lab', ''],
  ['#v1.abc?x', 'lab', ''],
  ['#nonsense', 'lab', ''],
  ['#?a=b', 'lab', ''],
  ['#learn', 'learn', ''],
  ['#learn/', 'lab', ''],
  ['#learn/when?labels=none&x=1?2', 'when', 'labels=none&x=1?2'],
  ['#learn/chains', 'chains', ''],
] as const)('%s shows %s', (fragment, page, query) => {
  expect(placeOf(fragment)).toEqual({ page, query });
});

test('to Learn and back opens nothing anew; another recipe is opened', () => {
  const lab = labOf();
  const view = new View(lab, '#v1.a');
  view.go('#learn');
  view.go('#learn/when?labels=none');
  expect([view.page, view.query, view.labFragment]).toEqual(['when', 'labels=none', '#v1.a']);
  view.go('#v1.a');
  expect(lab.asked).toEqual(['open #v1.a']);
  view.go('#learn');
  view.go('#v1.b');
  expect(lab.asked).toEqual(['open #v1.a', 'link #v1.b']);
  expect(view.labFragment).toBe('#v1.b');
});

test('what another page has put into the Lab is not replaced when the Lab is first shown', () => {
  const lab = labOf();
  const view = new View(lab, '#runs');
  view.keepLab();
  view.go('#');
  expect([view.page, lab.asked]).toEqual(['lab', ['runs']]);
});

test('the empty fragment is one, with or without its sign', () => {
  const lab = labOf();
  const view = new View(lab, '');
  view.go('#learn');
  view.go('#');
  view.go('#learn');
  view.go('');
  expect(lab.asked).toEqual(['open #']);
});

test('a recipe link that is followed opens the recipe again, once', () => {
  const lab = labOf();
  const view = new View(lab, '#v1.a');
  view.go('#learn/when');
  view.openAnew();
  view.go('#v1.a');
  view.go('#learn');
  view.go('#v1.a');
  expect(lab.asked).toEqual(['open #v1.a', 'link #v1.a']);
  view.go('#learn/when');
  view.openAnew();
  view.go('#learn');
  view.go('#v1.a');
  expect(lab.asked).toHaveLength(2);
});

test('a recipe that was refused is not where the navigation leads', () => {
  const lab = labOf();
  const view = new View(lab, '#v1.a');
  lab.busy = true;
  view.go('#learn/when');
  view.go('#v1.b');
  expect([view.page, view.labFragment]).toEqual(['lab', '#v1.a']);
  lab.busy = false;
  view.go('#learn');
  view.go('#v1.b');
  expect(view.labFragment).toBe('#v1.b');
});

test('opened on Learn, the Lab is opened when it is first shown; until then only runs are read', () => {
  const lab = labOf();
  const view = new View(lab, '#learn/chains');
  expect([view.labSeen, view.moved, lab.asked]).toEqual([false, false, ['runs']]);
  view.go('#v1.a');
  expect([view.labSeen, view.moved, lab.asked]).toEqual([true, true, ['runs', 'open #v1.a']]);
});

test('a page’s own state goes into the address; the page stays', () => {
  const written: string[] = [];
  const view = new View(labOf(), '#learn/when', (fragment) => written.push(fragment));
  view.setQuery('labels=none');
  view.setQuery('');
  expect(written).toEqual(['#learn/when?labels=none', '#learn/when']);
  expect([view.page, view.query, view.moved]).toEqual(['when', '', false]);
});
