/**
 * A file that is dropped beside the places that take one: the browser would open it in place of the
 * page and end what is going on there. The window's handler for both events of dragging.
 */
export function strayFile(event: DragEvent): void {
  const { dataTransfer } = event;
  if (event.defaultPrevented || !dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  dataTransfer.dropEffect = 'none';
}
