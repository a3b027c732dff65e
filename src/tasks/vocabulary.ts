/** The 63 tokens that every task is written in: three specials, then one a character. */
export const vocabulary: readonly string[] = [
  '<pad>',
  '<bos>',
  '<eos>',
  ...Array.from(`0123456789+-*=,:;|<>{}' abcdefghijklmnopqrstuvwxyzACFIJMNPTX`),
];
