/**
 * Which examples are held out. For generated tasks the question's own text decides, so that
 * training and held-out examples cannot overlap under any seed, and nobody has to keep a list.
 * The user's own rows, which no base policy was pretrained on, are split by the run's seed.
 *
 * The hash must never change: it would mix held-out prompts into what shipped policies have seen.
 */

/**
 * 32-bit FNV-1a over UTF-16 code units, then its high half folded onto the low one
 * (Fowler, Noll and Vo's own advice for short hashes). Without the fold the last four bits are a
 * parity sum of the characters, and every held-out four-step chain of + and - had an even answer.
 */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h ^ (h >>> 16)) >>> 0;
}

/** True for about one key in `oneIn` (a power of two); a fixed property of the key. */
export function isHeldOut(key: string, oneIn: number): boolean {
  return hash(key) % oneIn === 0;
}

/**
 * A 32-bit hash with every bit mixed: the last step of MurmurHash3 (Appleby, fmix32). Sorting by
 * FNV alone would hold out texts that differ in one character together, or never.
 */
function mixed(h: number): number {
  const once = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}

/**
 * One key in `oneIn` of a finite list, drawn by the seed: at least one, but never all. Neither the
 * order of the keys nor how often one occurs matters. With fewer than two different keys: none.
 */
export function heldOutKeys(keys: readonly string[], seed: number, oneIn: number): Set<string> {
  const drawn = [...new Set(keys)]
    .map((key) => ({ key, at: mixed(hash(`${seed}:${key}`)) }))
    .toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  const share = Math.max(1, Math.round(drawn.length / oneIn));
  return new Set(drawn.slice(0, Math.min(share, drawn.length - 1)).map(({ key }) => key));
}
