/** Failures on their way to the page: comlink hands on data, but loses an Error's class and code. */
import { CodedError } from '../models/errors.ts';
import type { Failure } from '../src/session/protocol.ts';

/** Any thrown value as data that survives comlink; `who` hit the bug if it is one. */
export function toFailure(error: unknown, who = 'The trainer'): Failure {
  if (error instanceof CodedError) {
    const { code, message, detail } = error;
    return detail === undefined ? { code, message } : { code, message, detail };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal', message: `${who} hit a bug.`, detail };
}

/** comlink drops an Error's code; a plain object arrives as it is. */
export function asData<A extends unknown[], R>(call: (...args: A) => Promise<R>, who?: string) {
  return (...args: A): Promise<R> =>
    call(...args).catch((error: unknown) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- data on purpose, see above
      throw toFailure(error, who);
    });
}
