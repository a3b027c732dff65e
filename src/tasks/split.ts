/**
 * Which examples are held out. The question's own text decides, so that training and held-out
 * examples cannot overlap under any seed, and nobody has to keep a list.
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
