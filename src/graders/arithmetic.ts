/**
 * Exact arithmetic on integers as a chain of thought writes it: `7+4-2*3`. It is parsed by a fixed
 * grammar (integers, + - * /, no brackets) and never evaluated as code, so that `2**3` and `7//2`
 * are no sums. Null wherever there is no exact integer: a division with a remainder, a division
 * by 0, a number beyond 2^53.
 */
type Operator = '+' | '-' | '*' | '/';

/** How a sum of several operations is read. */
export type Order = 'left' | 'precedence';

export interface Sum {
  first: number;
  rest: readonly { operator: Operator; operand: number }[];
}

const SUM = /^\s*-?\d+\s*(?:[-+*/]\s*-?\d+\s*)*$/;
const FIRST = /^\s*-?\d+/;
const REST = /([-+*/])\s*(-?\d+)/g;

const operations: Record<Operator, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b, // x/0 and fractions are no safe integers
};

/** A sum as it is written; null when the text is none. A bare integer is a sum without operations. */
export function parseSum(text: string): Sum | null {
  if (!SUM.test(text)) return null;
  const [first] = FIRST.exec(text)!;
  const rest = Array.from(text.slice(first.length).matchAll(REST), ([, operator, operand]) => ({
    operator: operator as Operator,
    operand: Number(operand),
  }));
  return { first: Number(first), rest };
}

/** The sum with the given operators worked out, from left to right; others stay. */
function workOut({ first, rest }: Sum, operators: string): Sum {
  const numbers = [first];
  const left: Operator[] = [];
  for (const { operator, operand } of rest) {
    if (operators.includes(operator)) {
      const value = operations[operator](numbers.pop()!, operand);
      numbers.push(Number.isSafeInteger(value) ? value : NaN); // NaN stays NaN from here on
    } else {
      left.push(operator);
      numbers.push(operand);
    }
  }
  const [start, ...operands] = numbers as [number, ...number[]];
  return { first: start, rest: left.map((operator, i) => ({ operator, operand: operands[i]! })) };
}

const orders: Record<Order, (sum: Sum) => Sum> = {
  left: (sum) => workOut(sum, '+-*/'),
  precedence: (sum) => workOut(workOut(sum, '*/'), '+-'),
};

/** The value of a sum, or null. */
export function valueOf(sum: Sum, order: Order): number | null {
  const numbers = [sum.first, ...sum.rest.map(({ operand }) => operand)];
  if (!numbers.every(Number.isSafeInteger)) return null;
  const { first } = orders[order](sum);
  return Number.isSafeInteger(first) ? first : null;
}
