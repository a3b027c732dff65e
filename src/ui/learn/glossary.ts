/** The words of fine-tuning by rewards, a sentence or two each, in the order in which they come up. */
export const glossary: readonly { word: string; meaning: string }[] = [
  {
    word: 'policy',
    meaning:
      'The model that is trained. Given a text, it says how likely each next token is; drawing tokens one after another makes it write.',
  },
  { word: 'prompt', meaning: 'The text that the policy is given to go on from: one exercise.' },
  { word: 'completion', meaning: 'What the policy writes after the prompt, up to its end sign.' },
  { word: 'group', meaning: 'Several completions of the same prompt, compared with each other.' },
  {
    word: 'reward',
    meaning:
      'A number that says how good a completion is. A program works it out; it may look at nothing but the answer.',
  },
  {
    word: 'advantage',
    meaning:
      'How far a completion’s reward is above or below its group’s mean, in units of the group’s spread. Its sign says whether the completion becomes likelier.',
  },
  {
    word: 'entropy',
    meaning:
      'How undecided the policy is about its next token. At 0 it always writes the same, and a group has nothing to compare.',
  },
  {
    word: 'KL',
    meaning:
      'How far the policy has moved from where it began (the reference). A penalty on it, where there is one, holds the policy back.',
  },
  {
    word: 'greedy',
    meaning:
      'Always taking the likeliest token in place of drawing one: one fixed answer a prompt.',
  },
  {
    word: 'pass@k',
    meaning: 'The share of prompts for which at least one of k drawn completions is right.',
  },
  {
    word: 'held-out',
    meaning: 'Prompts that are never trained on. Being right on them is not learnt by heart.',
  },
];
