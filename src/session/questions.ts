/**
 * The questions whose answers decide between reinforcement and supervised fine-tuning. Each option
 * has a short label, which reasons quote, and a line that says when it is the right one. Answers
 * travel as a query string; what cannot be read there counts as not answered. Pure.
 */
export const questions = [
  {
    id: 'labels',
    question: 'What can you show the model?',
    options: [
      { id: 'none', label: 'Prompts only', meaning: 'nobody has written down what is right' },
      { id: 'answers', label: 'Right answers', meaning: 'the result, not how it is reached' },
      {
        id: 'traces',
        label: 'Worked solutions',
        meaning: 'every step on the way, written out, a few dozen at least',
      },
    ],
  },
  {
    id: 'work',
    question: 'What lies between a prompt and its answer?',
    options: [
      {
        id: 'all',
        label: 'Nothing hidden',
        meaning: 'a category, a form filled in: the answer says all there is to learn',
      },
      {
        id: 'hidden',
        label: 'Work that the answer does not show',
        meaning: 'a calculation, a search, a program: one result, many steps',
      },
      {
        id: 'many',
        label: 'Several right answers',
        meaning: 'any one will do, and a label is only one of them',
      },
    ],
  },
  {
    id: 'verify',
    question: 'Can a program tell a good answer from a bad one?',
    options: [
      { id: 'exact', label: 'Yes: right or wrong', meaning: 'a comparison, a unit test, a proof' },
      { id: 'graded', label: 'Yes, by degrees', meaning: 'half right scores more than wrong' },
      {
        id: 'proxy',
        label: 'Only roughly',
        meaning: 'something measurable that mostly goes along with quality',
      },
      { id: 'none', label: 'No', meaning: 'only a person can tell, answer by answer' },
    ],
  },
  {
    id: 'base',
    question: 'How often is the model right before any training?',
    options: [
      { id: 'never', label: 'Never', meaning: 'not once in eight tries at any prompt' },
      { id: 'sometimes', label: 'Now and then', meaning: 'some of eight tries, at some prompts' },
      { id: 'often', label: 'Mostly', meaning: 'at the first try, at most prompts' },
    ],
  },
  {
    id: 'stakes',
    question: 'What does a wrong answer cost?',
    options: [
      { id: 'low', label: 'Little', meaning: 'somebody notices, and it is soon put right' },
      { id: 'high', label: 'A lot', meaning: 'money, harm, or a chain of calls that builds on it' },
    ],
  },
] as const;

type Questions = (typeof questions)[number];
export type QuestionId = Questions['id'];
export type OptionOf<Q extends QuestionId> = Extract<Questions, { id: Q }>['options'][number]['id'];
export type Answers = { readonly [Q in QuestionId]: OptionOf<Q> };
/** As far as they are given. */
export type Given = Partial<Answers>;

/** The label of an answer; undefined where the question is not answered. */
export function labelOf(id: QuestionId, given: Given): string | undefined {
  const options: readonly { id: string; label: string }[] =
    questions.find((one) => one.id === id)?.options ?? [];
  return options.find((option) => option.id === given[id])?.label;
}

export const unanswered = (given: Given): QuestionId[] =>
  questions.map(({ id }) => id).filter((id) => given[id] === undefined);

/** All ways to answer what is still open. */
export function completions(given: Given): Answers[] {
  let partial: Given[] = [{}];
  for (const { id, options } of questions) {
    const fixed = given[id];
    const choices = fixed === undefined ? options.map((option) => option.id) : [fixed];
    partial = partial.flatMap((one) => choices.map((choice) => ({ ...one, [id]: choice })));
  }
  return partial as Answers[];
}

/** `labels=answers&verify=exact`, in the order of the questions. */
export function toQuery(given: Given): string {
  const entries = questions.flatMap(({ id }) => {
    const answer = given[id];
    return answer === undefined ? [] : [[id, answer]];
  });
  return new URLSearchParams(entries).toString();
}

export function fromQuery(query: string): Given {
  const asked = new URLSearchParams(query);
  const entries = questions.flatMap(({ id, options }) => {
    const known = options.find((option) => option.id === asked.get(id));
    return known ? [[id, known.id]] : [];
  });
  return Object.fromEntries(entries) as Given;
}
