/**
 * Numbers as they stand in a form. What was typed is kept as text until it is checked, so that a
 * half-typed number is neither lost nor taken for another one; no range is checked here.
 */

/** A number as a form shows it: very small ones with an exponent. */
export const numberText = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace('e+', 'e') : String(value);

/** The number that was typed; the text itself where it is none, for the parser to refuse. */
export function typedNumber(text: string): number | string {
  const value = Number(text.replace(',', '.'));
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}
