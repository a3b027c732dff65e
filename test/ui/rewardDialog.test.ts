/**
 * The reward dialog and its menu in a real browser, by keyboard: what is typed is kept, what is
 * wrong is said and cannot be saved, nothing is thrown away unasked, and focus never gets lost.
 */
import { mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../src/ui/tokens.css';
import '../../src/ui/base.css';
import type { CodeError } from '../../src/graders/codeReward.ts';
import { graderKindNames } from '../../src/graders/grader.ts';
import { newCode, newGrader } from '../../src/session/newReward.ts';
import type { EditableReward } from '../../src/session/rewardDraft.ts';
import AddReward from '../../src/ui/rewards/AddReward.svelte';
import LazyRewardDialog from '../../src/ui/rewards/LazyRewardDialog.svelte';

/** Stands for the sandbox, which has its own tests: `@` is no JavaScript. */
function check({ source }: { source: string }): Promise<CodeError | null> {
  const before = source.split('@')[0] ?? '';
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const error: CodeError = { kind: 'syntax', message: 'unexpected @', line, column };
  return Promise.resolve(source.includes('@') ? error : null);
}

let opener: HTMLButtonElement;
let shown: ReturnType<typeof mount> | null = null;
const calls = { onSave: vi.fn(), onTry: vi.fn(), onClose: vi.fn() };

async function open(spec: EditableReward): Promise<void> {
  opener.focus();
  const given = { spec, title: 'Edit', taken: ['correct'], kinds: graderKindNames, check };
  shown = mount(LazyRewardDialog, {
    target: document.body,
    props: { canTry: true, ...given, ...calls },
  });
  await expect.element(page.getByRole('dialog', { name: 'Edit' })).toBeVisible();
}

beforeEach(() => {
  opener = document.createElement('button');
  document.body.append(opener);
  vi.clearAllMocks();
});

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
  document.body.replaceChildren();
});

const save = page.getByRole('button', { name: 'Save', exact: true });
const codeField = page.getByRole('textbox', { name: 'Reward code' });
const isEditor = () => document.querySelector('.cm-content') !== null;

test('a grader: a half-typed number is kept, said and not saved; mended, it is', async () => {
  await open(newGrader('length_target', []));
  await userEvent.fill(page.getByLabelText('Target'), '2x');
  await expect.element(page.getByLabelText('Target')).toHaveAttribute('aria-invalid', 'true');
  await expect.element(page.getByText('Give a whole number from 0')).toBeVisible();
  await expect.element(save).toBeDisabled();
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  expect(calls.onSave).not.toHaveBeenCalled();
  await userEvent.fill(page.getByLabelText('Target'), '12');
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  await vi.waitFor(() => expect(calls.onClose).toHaveBeenCalledOnce());
  expect(calls.onSave).toHaveBeenCalledExactlyOnceWith({
    ...newGrader('length_target', []),
    target: 12,
  });
  expect(document.activeElement).toBe(opener);
});

test('a problem deep in a combination is shown by the button beside its count', async () => {
  await open(newGrader('combination', []));
  await userEvent.selectOptions(page.getByLabelText('Add a grader'), 'combination');
  const weights = page.getByLabelText('weight').elements();
  expect(weights.length).toBe(5);
  await userEvent.fill(weights.at(-1)!, '-1');
  await userEvent.click(page.getByRole('button', { name: 'show' }));
  expect(document.activeElement).toBe(weights.at(-1));
  // A combination in a combination takes plain graders only.
  const [inner] = page.getByLabelText('Add a grader').elements() as HTMLSelectElement[];
  expect([...inner!.options].map(({ value }) => value)).not.toContain('combination');
});

test('Escape asks before a changed draft goes, and not when nothing changed', async () => {
  await open(newGrader('regex', []));
  await userEvent.fill(page.getByLabelText('Pattern'), 'ab');
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByText('Discard changes?')).toBeVisible();
  await userEvent.keyboard('{Enter}'); // on "Keep editing"
  await expect.element(page.getByLabelText('Pattern')).toHaveValue('ab');
  await userEvent.fill(page.getByLabelText('Pattern'), '\\d+');
  await userEvent.keyboard('{Escape}');
  expect(calls.onClose).toHaveBeenCalledOnce();
  expect(calls.onSave).not.toHaveBeenCalled();
});

test('a browser that closes the dialog by itself cannot take the draft away', async () => {
  await open(newGrader('regex', []));
  await userEvent.fill(page.getByLabelText('Pattern'), 'ab');
  document.querySelector('dialog')!.close();
  await expect.element(page.getByText('Discard changes?')).toBeVisible();
  await userEvent.click(page.getByRole('button', { name: 'Discard' }));
  expect(calls.onClose).toHaveBeenCalledOnce();
});

test('code: an error is marked at its line, said below, and not saved', async () => {
  await open(newCode([]));
  await vi.waitUntil(isEditor, 20_000);
  await userEvent.click(codeField);
  await userEvent.keyboard('{Control>}{End}{/Control}const x = @;');
  await expect.element(page.getByText('Line 5: unexpected @')).toBeVisible();
  await vi.waitFor(() => {
    expect(document.querySelector('.cm-lintRange-error')?.textContent).toBe('@');
  });
  await expect.element(save).toBeDisabled();
  await userEvent.keyboard('{Backspace}{Backspace}1;');
  // The verdict in sight is about the older text: this asks at once, and adds no line.
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  await vi.waitFor(() => expect(calls.onSave).toHaveBeenCalledOnce());
  const source = `${newCode([]).source}const x = 1;`;
  expect(calls.onSave).toHaveBeenCalledWith({ ...newCode([]), source });
});

test('code: Tab indents, Escape and Tab leave, Escape twice closes', async () => {
  await open(newCode([]));
  await vi.waitUntil(isEditor, 20_000);
  await userEvent.click(codeField);
  await userEvent.keyboard('{Control>}{Home}{/Control}{Tab}');
  expect(document.querySelector('.cm-line')?.textContent).toMatch(/^ {2}\/\//);
  await userEvent.keyboard('{Escape}{Tab}');
  expect(document.activeElement?.tagName).toBe('SUMMARY');
  await userEvent.click(codeField);
  await userEvent.keyboard('{Escape}{Escape}');
  await expect.element(page.getByText('Discard changes?')).toBeVisible();
});

test('code: a template takes the place of own code, which can be put back', async () => {
  await open({ ...newCode([]), source: 'my own' });
  await vi.waitUntil(isEditor, 20_000);
  await userEvent.selectOptions(page.getByLabelText('Start from'), 'shorter');
  await expect.element(codeField).toHaveTextContent('Only right answers are paid');
  await userEvent.click(page.getByRole('button', { name: 'put it back' }));
  await expect.element(codeField).toHaveTextContent('my own');
});

test('the menu works by keyboard and adds what is chosen', async () => {
  const onAdd = vi.fn();
  const task = {
    rewards: [{ name: 'correct', meaning: 'Right.' }],
    proxy: { name: 'long', meaning: 'Thinks.', hole: 'Padding is paid.' },
  };
  const props = { task, used: [], onAdd };
  shown = mount(AddReward, { target: document.body, props });
  const button = page.getByRole('button', { name: 'add reward' });
  await userEvent.click(button);
  const items = page.getByRole('menuitem');
  await vi.waitFor(() => expect(document.activeElement).toBe(items.first().element()));
  await userEvent.keyboard('{ArrowUp}{Enter}');
  expect(onAdd).toHaveBeenLastCalledWith({ kind: 'task', name: 'long' }, false);
  expect(document.activeElement).toBe(button.element());
  await userEvent.keyboard('{Enter}');
  await vi.waitFor(() => expect(document.activeElement).toBe(items.first().element()));
  await userEvent.keyboard('{ArrowDown}{Enter}');
  expect(onAdd).toHaveBeenLastCalledWith(newGrader('string_check', []), true);
});
