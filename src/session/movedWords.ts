/**
 * What one update moved most in a group, in a sentence: the token that became likelier and the one
 * that became less likely, each with the text before it. Sizes are changes of log-probability, and
 * the probability from which to which, where it is known what the token was drawn with.
 */
import type { Walk, WalkedCompletion } from './magnifier.ts';

interface Moved {
  /** The completion's text before the token. */
  before: string;
  /** Empty: the end of the completion. */
  text: string;
  change: number;
  /** Log-probability with which it was drawn; null where none was told. */
  logp: number | null;
}

/** Characters of the text before a token that are quoted. */
const CONTEXT = 12;
/** Changes that round to nothing. */
const LEAST = 5e-5;

function movedIn({ completion, changes }: WalkedCompletion): Moved[] {
  const { tokens, logps } = completion;
  return changes.map((change, t) => ({
    before: tokens.slice(0, t).join(''),
    text: tokens[t] ?? '',
    change,
    logp: logps[t] ?? null,
  }));
}

/** Two digits that count, four decimals at most. */
function sized(change: number): string {
  const size = Math.abs(change);
  const decimals = size >= 0.1 ? 2 : size >= 0.01 ? 3 : 4;
  return `${change < 0 ? '−' : '+'}${size.toFixed(decimals)}`;
}

const percent = (logp: number): string => (Math.exp(Math.min(0, logp)) * 100).toFixed(1);

function place({ before }: Moved): string {
  if (before === '') return 'at the start';
  const cut = before.length > CONTEXT;
  return `after “${cut ? '…' : ''}${before.slice(-CONTEXT)}”`;
}

function fate({ text, change, logp }: Moved): string {
  const name = text === '' ? 'the end' : `“${text}”`;
  const word = change > 0 ? 'likelier' : 'less likely';
  const odds = logp === null ? '' : `, ${percent(logp)} → ${percent(logp + change)} %`;
  return `${name} became ${word} (${sized(change)}${odds})`;
}

/** "Moved most in log-probability: after “<”, “7” became likelier (+0.09, 25.0 → 27.4 %) and …" */
export function movedWords({ rows }: Walk): string {
  const all = rows.flatMap(movedIn);
  const up = all.reduce<Moved | null>(
    (most, one) => (one.change > (most?.change ?? LEAST) ? one : most),
    null,
  );
  const down = all.reduce<Moved | null>(
    (most, one) => (one.change < (most?.change ?? -LEAST) ? one : most),
    null,
  );
  const parts = [up, down].filter((one) => one !== null);
  const [first, second] = parts.toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change));
  if (!first) return 'Hardly a token of this group moved: none by 0.0001 in log-probability.';
  const start = `Moved most in log-probability: ${place(first)}, ${fate(first)}`;
  if (!second) return `${start}.`;
  const where = second.before === first.before ? ' and ' : `; ${place(second)}, `;
  return `${start}${where}${fate(second)}.`;
}
