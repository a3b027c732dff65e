/**
 * A completion's tokens with what is known of each, split where the answer starts. For display;
 * the trainer has already decided what thinking and answer are.
 */
import type { AskedToken } from '../../rft/asked.ts';
import type { CompletionView } from '../../session/protocol.ts';

export interface TokenView {
  text: string;
  /** exp(logp) in [0, 1] when it was sampled; null where the trainer sent none. */
  probability: number | null;
  /** In nats, of what it was drawn from; null where the trainer sent none. */
  entropy?: number | null;
  /** Log-probability after the update less before; where it was measured. */
  change?: number;
  /** Advantage × change; likewise. */
  credit?: number;
  /** The likeliest tokens in its place, itself among them if it is one; where it was asked for. */
  likeliest?: AskedToken['likeliest'];
  isAnswer: boolean;
  isEnd: boolean;
}

/** Where the answer starts in the completion's text; its end when there is no answer. */
function answerStart(text: string, answer: string): number {
  const at = answer === '' ? -1 : text.lastIndexOf(answer);
  return at < 0 ? text.length : at;
}

/**
 * All tokens, with the end token last where the policy ended by itself.
 * @param changes of the tokens' log-probabilities by the update, and what else was likely in each
 * place, where the magnifier measured them; else what was told with the step counts.
 */
export function tokenViews(
  completion: CompletionView,
  changes: readonly number[] = completion.changes ?? [],
  likeliest: readonly AskedToken['likeliest'][] = completion.likeliest ?? [],
): TokenView[] {
  const { tokens, answer, advantage, finishReason } = completion;
  const start = answerStart(tokens.join(''), answer);
  const known = (i: number) => {
    const change = changes[i];
    return {
      probability: probabilityAt(completion, i),
      entropy: completion.entropies?.[i] ?? null,
      ...(change !== undefined && { change, credit: advantage * change }),
      ...(likeliest[i] && { likeliest: likeliest[i] }),
    };
  };
  let offset = 0;
  const views = tokens.map((text, i): TokenView => {
    const isAnswer = offset >= start;
    offset += text.length;
    return { text, ...known(i), isAnswer, isEnd: false };
  });
  if (finishReason === 'eos') {
    views.push({ text: '⏎', ...known(tokens.length), isAnswer: true, isEnd: true });
  }
  return views;
}

function probabilityAt({ logps }: CompletionView, i: number): number | null {
  const logp = logps[i];
  return logp === undefined ? null : Math.exp(logp);
}
