/**
 * The code editor: CodeMirror 6 with JavaScript's syntax, in the page's own colours. Loaded only
 * when code is edited (CodeEditor.svelte). It colours and marks what it is given; it judges and
 * runs nothing.
 *
 * Tab indents here, so a way out is needed (WCAG 2.1.2): after Escape the next Tab moves on, and a
 * second Escape is left to whatever holds the editor.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState, Prec, type Extension, type Text } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, type KeyBinding } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { CodeError } from '../../graders/codeReward.ts';

export interface CodeViewOptions {
  parent: HTMLElement;
  source: string;
  selection: { anchor: number; head: number };
  label: string;
  describedBy: string;
  onInput: (source: string) => void;
}

export interface CodeView {
  /** Replaces the text; can be undone. Nothing happens when it is the same. */
  setSource(source: string): void;
  /** Marks the place of an error; null clears it. */
  setError(error: CodeError | null): void;
  focus(): void;
  destroy(): void;
}

/** Milliseconds after Escape in which Tab leaves. */
const TIME_TO_LEAVE = 10_000;

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--series-4)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: tags.regexp, color: 'var(--warn)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--series-2)' },
  { tag: tags.comment, color: 'var(--ink-soft)', fontStyle: 'italic' },
  { tag: tags.function(tags.variableName), color: 'var(--accent)' },
]);

const look = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--panel)', fontSize: 'var(--text-s)' },
  '&.cm-focused': { outline: 'none' }, // the frame around it shows the focus
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)', paddingBlock: 'var(--gap-2)' },
  '.cm-gutters': {
    color: 'var(--ink-soft)',
    backgroundColor: 'var(--sunken)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-gutter-lint': { width: '1rem' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0.1em 0.1rem 0' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-soft)',
    outline: '1px solid var(--accent)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--bad-soft)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--bad)',
    textDecorationSkipInk: 'none',
  },
  '.cm-tooltip': {
    color: 'var(--ink)',
    backgroundColor: 'var(--panel)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
});

/** Escape: once to free Tab, twice in a row to be left to others. */
function escapeKey(): Extension {
  let freed = false;
  const forget = () => {
    freed = false;
  };
  const escape: KeyBinding = {
    key: 'Escape',
    run: (view) => {
      if (freed) return false;
      freed = true;
      view.setTabFocusMode(TIME_TO_LEAVE);
      return true;
    },
  };
  return [
    EditorView.domEventHandlers({
      keydown: ({ key }) => {
        if (key !== 'Escape') forget();
      },
      mousedown: forget,
      blur: forget,
    }),
    keymap.of([escape]),
  ];
}

/** Saving is the dialog's; CodeMirror's own Mod-Enter would add a line as well. */
const noNewLine: KeyBinding = { key: 'Mod-Enter', run: () => true };

/** From the place of the error to the end of its word, one character at least where there is one. */
function diagnosticsOf(error: CodeError | null, doc: Text): Diagnostic[] {
  if (!error?.line) return []; // lines count from 1
  const line = doc.line(Math.min(Math.max(1, error.line), doc.lines));
  const from = Math.min(line.from + Math.max(0, (error.column ?? 1) - 1), line.to);
  const word = /^\w+/.exec(doc.sliceString(from, line.to))?.[0].length ?? 1;
  const to = Math.min(from + word, line.to);
  return [{ from, to, severity: 'error', message: error.message }];
}

export function codeView(options: CodeViewOptions): CodeView {
  const { parent, source, selection, label, describedBy, onInput } = options;
  const view = new EditorView({
    parent,
    doc: source,
    selection,
    extensions: [
      lineNumbers(),
      lintGutter(),
      history(),
      indentOnInput(),
      bracketMatching(),
      javascriptLanguage,
      syntaxHighlighting(colours),
      look,
      EditorView.lineWrapping,
      EditorState.tabSize.of(2),
      Prec.highest([escapeKey(), keymap.of([noNewLine])]),
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      EditorView.contentAttributes.of({ 'aria-label': label, 'aria-describedby': describedBy }),
      EditorView.updateListener.of(({ docChanged, state }) => {
        if (docChanged) onInput(state.doc.toString());
      }),
    ],
  });
  return {
    setSource: (text) => {
      const { doc } = view.state;
      if (doc.toString() === text) return;
      view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
    },
    setError: (error) => {
      view.dispatch(setDiagnostics(view.state, diagnosticsOf(error, view.state.doc)));
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
