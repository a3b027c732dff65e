/** How a test looks at an error a user can meet: `code: message`, or the text of what came else. */
import { CodedError } from '../../models/errors.ts';

export function codedErrorOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof CodedError
      ? `${error.code}: ${error.message}`
      : `not coded: ${String(error)}`;
  }
  return 'no error';
}
