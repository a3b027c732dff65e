/**
 * Small things that the page remembers between visits, as text in localStorage. Where the browser
 * forbids it (a sandboxed frame, full storage) they last as long as the page; nothing depends on more.
 */

/** Null where nothing is remembered. */
export function recalled(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** As `recalled`, read as JSON; null where it is none. */
export function recalledJson(key: string): unknown {
  try {
    return JSON.parse(recalled(key) ?? 'null');
  } catch {
    return null;
  }
}

export function remember(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    return; // for this visit the page itself knows
  }
}
