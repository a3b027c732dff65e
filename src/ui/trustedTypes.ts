/**
 * Where the browser enforces Trusted Types (the page's Content-Security-Policy asks for it): a
 * script may come from the page's own origin, and no text becomes HTML or code. Svelte's templates
 * have a policy of their own. Imported first, before anything starts a worker.
 */

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): unknown;
}

/** Throws TypeError for an address of another origin. */
export function ownScript(address: string): string {
  if (new URL(address, location.href).origin === location.origin) return address;
  throw new TypeError(`internal: a script of another origin: ${address}`);
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy('default', { createScriptURL: ownScript });
