/**
 * `string_check`: 1 when the input compares as asked, else 0. `eq`, `ne`, `like` and `ilike` mean
 * what they mean in OpenAI's string check grader: equal, different, contains, contains ignoring
 * case. `ieq` is our addition. Texts are compared as they are: nothing is trimmed.
 *
 * A blank text is contained in everything, so a containment check never pays for one: such a
 * reference is refused at the form, and where a row's gold answer is blank there is no score.
 */
import { fill, inputField, isBlank, referenceField, templateProblems } from './fields.ts';
import { defineKind } from './grader.ts';

type Operation = 'eq' | 'ne' | 'like' | 'ilike' | 'ieq';

const operations: Record<Operation, (input: string, reference: string) => boolean> = {
  eq: (input, reference) => input === reference,
  ne: (input, reference) => input !== reference,
  like: (input, reference) => input.includes(reference),
  ilike: (input, reference) => input.toLowerCase().includes(reference.toLowerCase()),
  ieq: (input, reference) => input.toLowerCase() === reference.toLowerCase(),
};

const isContainment = (operation: Operation): boolean =>
  operation === 'like' || operation === 'ilike';

export const stringCheck = defineKind({
  label: 'String check',
  meaning: 'Pays when the text equals, differs from or contains the reference.',
  source: 'OpenAI graders, string_check; ieq is our own.',
  nativeRange: [0, 1],
  fields: {
    input: inputField,
    operation: {
      kind: 'choice',
      label: 'Operation',
      meaning: 'How the input is compared with the reference.',
      default: 'eq',
      choices: [
        { value: 'eq', label: 'equals' },
        { value: 'ne', label: 'differs from' },
        { value: 'like', label: 'contains' },
        { value: 'ilike', label: 'contains, ignoring case' },
        { value: 'ieq', label: 'equals, ignoring case' },
      ],
    },
    reference: referenceField,
  },
  problems: ({ operation, reference }) =>
    isContainment(operation) && isBlank(reference)
      ? [{ field: 'reference', message: 'Give some text: every input contains a blank one.' }]
      : templateProblems('reference', reference),
  prepare:
    ({ input, operation, reference }) =>
    (graded) => {
      const expected = fill(reference, graded);
      if (isContainment(operation) && isBlank(expected)) return null;
      return Number(operations[operation](graded[input], expected));
    },
});
