/** Hands the user a text, or bytes with their own type, as a file. */
export function download(name: string, content: string | Blob): void {
  const blob = content instanceof Blob ? content : new Blob([content], { type: 'text/plain' });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Safari fetches the address later; a large file must still be there then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
