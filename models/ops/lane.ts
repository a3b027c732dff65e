/** A flat vector (flat.ts) is summed as rows of this many numbers, then over rows. */
export const lane = 512;
