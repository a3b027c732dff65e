/**
 * Fields that several kinds of grader share, and how their values are read from a completion.
 * A reference is a template: `{{answer}}` and `{{prompt}}` stand for the gold answer and the
 * prompt, as `{{item.…}}` does in OpenAI's graders.
 */
import type { ChoiceField, Graded, Problem, TextField } from './grader.ts';

export const MAX_TEXT = 400;

type Input = 'answer' | 'thinking' | 'completion';

/** Which text of the completion is graded. */
export const inputField: ChoiceField<Input> = {
  kind: 'choice',
  label: 'Input',
  meaning: 'The part of the completion that is looked at.',
  default: 'answer',
  choices: [
    { value: 'answer', label: 'the answer' },
    { value: 'thinking', label: 'the thinking' },
    { value: 'completion', label: 'the whole completion' },
  ],
};

export const referenceField: TextField = {
  kind: 'text',
  label: 'Reference',
  meaning: 'What it is compared with; {{answer}} is the right answer, {{prompt}} the prompt.',
  default: '{{answer}}',
  maxLength: MAX_TEXT,
};

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

const placeholders: Record<string, (graded: Graded) => string> = {
  answer: (graded) => graded.reference,
  prompt: (graded) => graded.prompt,
};

const isKnown = (name: string): boolean => Object.hasOwn(placeholders, name.trim());

/** A template with the placeholders filled in, once: what is filled in is never a template again. */
export function fill(template: string, graded: Graded): string {
  return template.replace(PLACEHOLDER, (_, name: string) => placeholders[name.trim()]!(graded));
}

export const hasPlaceholder = (template: string): boolean => template.search(PLACEHOLDER) >= 0;

/** True for a text without anything to compare with. */
export const isBlank = (text: string): boolean => text.trim() === '';

/** Placeholders that do not exist. */
export function templateProblems(field: string, template: string): Problem[] {
  const unknown = Array.from(template.matchAll(PLACEHOLDER), ([, name = '']) => name).find(
    (name) => !isKnown(name),
  );
  return unknown === undefined
    ? []
    : [{ field, message: `There is no {{${unknown}}}; use {{answer}} or {{prompt}}.` }];
}
