/** What a policy that was asked answers: plain data, for the page as well. */

export interface AskedToken {
  /** eos as ''. */
  text: string;
  /** Of the policy itself (temperature 1), in [0, 1]. */
  probability: number;
  /** The likeliest tokens in this place with their probabilities, itself among them if it is one. */
  likeliest: { text: string; probability: number }[];
}

export interface AskedRow {
  prompt: string;
  /** Without eos. */
  completion: string;
  ended: boolean;
  tokens: AskedToken[];
}
