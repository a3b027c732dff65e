/**
 * The one error class for failures that a user can meet: a damaged file, an unsupported model,
 * no WebGPU, a full disk. `code` is stable and short (kebab-case), `message` says what happened
 * in words, `detail` holds what a developer would want. Broken invariants are plain Errors whose
 * message starts with `internal: `.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly detail: string | undefined;

  constructor(code: string, message: string, detail?: string) {
    super(message);
    this.name = 'CodedError';
    this.code = code;
    this.detail = detail;
  }
}
