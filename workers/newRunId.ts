/** Ids of new runs: 64 random bits, so that runs from two browsers never share one by chance. */
export const newRunId = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(2)), (word) =>
    word.toString(36).padStart(7, '0'),
  ).join('');
