/**
 * Events given out at a pace that can be read: what arrives in the meantime is handed over together,
 * in its order, before a frame of the display and at most ten times a second, so a fast run redraws
 * the page as often and not once an event. A hidden page has no frames; there a timer takes their
 * place. Urgent events (states, failures) take everything before them along and do not wait.
 */

/** Milliseconds between two deliveries: drawing more often would slow the training down. */
const leastGap = 100;

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

/** A schedule whose deliveries are `leastGap` apart. */
export function spaced(schedule: Schedule): Schedule {
  let last = -Infinity;
  return (deliver) => {
    const begin = (): void => {
      schedule(() => {
        last = performance.now();
        deliver();
      });
    };
    const wait = last + leastGap - performance.now();
    if (wait > 0) setTimeout(begin, wait);
    else begin();
  };
}

export function perFrame<T>(
  receive: (event: T) => void,
  isUrgent: (event: T) => boolean,
  schedule: Schedule = spaced(nextFrame),
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
