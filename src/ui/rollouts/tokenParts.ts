/**
 * A completion's tokens with their probabilities, split where the answer starts. For display;
 * the trainer has already decided what thinking and answer are.
 */
import type { CompletionView } from '../../session/protocol.ts';

export interface TokenView {
  text: string;
  /** exp(logp) in [0, 1] when it was sampled; null where the trainer sent none. */
  probability: number | null;
  isAnswer: boolean;
  isEnd: boolean;
}

/** Where the answer starts in the completion's text; its end when there is no answer. */
function answerStart(text: string, answer: string): number {
  const at = answer === '' ? -1 : text.lastIndexOf(answer);
  return at < 0 ? text.length : at;
}

/** All tokens, with the end token last where the policy ended by itself. */
export function tokenViews(completion: CompletionView): TokenView[] {
  const start = answerStart(completion.tokens.join(''), completion.answer);
  let offset = 0;
  const views = completion.tokens.map((text, i): TokenView => {
    const isAnswer = offset >= start;
    offset += text.length;
    return { text, probability: probabilityAt(completion, i), isAnswer, isEnd: false };
  });
  if (completion.finishReason === 'eos') {
    const i = completion.tokens.length;
    const probability = probabilityAt(completion, i);
    views.push({ text: '⏎', probability, isAnswer: true, isEnd: true });
  }
  return views;
}

function probabilityAt({ logps }: CompletionView, i: number): number | null {
  const logp = logps[i];
  return logp === undefined ? null : Math.exp(logp);
}

/** Lower ends of the tints: at least this likely is level 0, 1, 2, 3; anything less is 4. */
const LEVELS = [0.9, 0.6, 0.3, 0.1] as const;

/** How strongly a token is tinted: 0 for a likely token, 4 for a very unlikely one. */
export function tintLevel(probability: number | null): number {
  const level = LEVELS.findIndex((least) => (probability ?? 1) >= least);
  return level < 0 ? LEVELS.length : level;
}
