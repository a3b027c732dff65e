/** The version of the code that makes a run's numbers; see codeVersion.mjs, which bakes it in. */
declare const __CODE_VERSION__: string;

/** 12 hex digits. */
export const codeVersion: string = __CODE_VERSION__;
