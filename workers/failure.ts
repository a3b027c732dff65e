/** Failures on their way to the page: comlink hands on data, but loses an Error's class and code. */
import { CodedError } from '../models/errors.ts';
import type { Failure } from '../src/session/protocol.ts';

/** What browsers say when a script that is loaded on demand is not there (any more). */
const LOST_PART = /dynamically imported module|[Ii]mporting a module script failed/;

const outdated =
  'A part of this page could not be loaded: the connection is gone, or the page was updated since ' +
  'it was opened. Stored runs are kept. Reload the page, then go on.';

/** Any thrown value as data that survives comlink; `who` hit the bug if it is one. */
export function toFailure(error: unknown, who = 'The trainer'): Failure {
  if (error instanceof CodedError) {
    const { code, message, detail } = error;
    return detail === undefined ? { code, message } : { code, message, detail };
  }
  if (error instanceof TypeError && LOST_PART.test(error.message)) {
    return { code: 'page-outdated', message: outdated, detail: error.message };
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
