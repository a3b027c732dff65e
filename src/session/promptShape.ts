/**
 * What a task's prompts have in common, read off some of them: the sign at the start and the one at
 * the end. A policy that never saw a prompt without them has nothing to say to one. Pure.
 */
export interface PromptShape {
  /** '' where the prompts have no sign in common. */
  start: string;
  end: string;
}

const shared = (signs: readonly (string | undefined)[]): string => {
  const [first = ''] = signs;
  return signs.length > 1 && signs.every((sign) => sign === first) ? first : '';
};

export const promptShape = (prompts: readonly string[]): PromptShape => ({
  start: shared(prompts.map((prompt) => prompt.at(0))),
  end: shared(prompts.map((prompt) => prompt.at(-1))),
});

export const hasShape = ({ start, end }: PromptShape, prompt: string): boolean =>
  prompt.startsWith(start) && prompt.endsWith(end) && prompt.length > start.length + end.length;
