/**
 * Events given out at the pace of the display: what arrives between two frames is handed over at
 * once, in its order, before the next one, so a fast run redraws the page once a frame and not once
 * an event. A hidden page has no frames; there a timer takes their place. Urgent events (states,
 * failures) take everything before them along and do not wait.
 */

/** Milliseconds after which events are handed over where no frame comes, as in a hidden page. */
const longestWait = 250;

type Schedule = (deliver: () => void) => void;

const nextFrame: Schedule = (deliver) => {
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    deliver();
  });
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    deliver();
  }, longestWait);
};

export function perFrame<T>(
  receive: (event: T) => void,
  isUrgent: (event: T) => boolean,
  schedule: Schedule = nextFrame,
): (event: T) => void {
  let waiting: T[] = [];
  let scheduled = false;
  const deliver = (): void => {
    const events = waiting;
    waiting = [];
    events.forEach(receive);
  };
  return (event) => {
    waiting.push(event);
    if (isUrgent(event)) {
      deliver();
      return;
    }
    if (scheduled) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      deliver();
    });
  };
}
