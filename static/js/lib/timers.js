// Timers that keep their time in a hidden page.
//
// A browser runs the timers of a page that has been hidden for some minutes once a minute at most; those of a worker run
// on. Without a worker (its file did not load) the page's own timers serve.

let worker = null;
let lastId = 0;
const waiting = new Map(); // id to {callback, due, fallback}

// `url`: of timer_worker.js. Timers that were started before are moved over.
export function useTimerWorker(url) {
  if (worker || !url || typeof Worker === "undefined") return;
  worker = new Worker(url);
  worker.addEventListener("message", ({ data: id }) => fire(id));
  worker.addEventListener("error", withoutWorker);
  for (const [id, { due, fallback }] of waiting) {
    clearTimeout(fallback);
    worker.postMessage({ id, ms: Math.max(0, due - performance.now()) });
  }
}

// Call `callback` once, after `ms` milliseconds. Returns the id for `cancel`, never 0.
export function after(ms, callback) {
  const id = (lastId += 1);
  const timer = { callback, due: performance.now() + ms, fallback: 0 };
  waiting.set(id, timer);
  if (worker) worker.postMessage({ id, ms });
  else timer.fallback = setTimeout(() => fire(id), ms);
  return id;
}

// Harmless for a timer that has run, and for none.
export function cancel(id) {
  const timer = waiting.get(id);
  if (!timer) return;
  waiting.delete(id);
  clearTimeout(timer.fallback);
  worker?.postMessage({ id });
}

function fire(id) {
  const timer = waiting.get(id);
  waiting.delete(id);
  timer?.callback();
}

function withoutWorker() {
  worker = null;
  for (const [id, timer] of waiting) timer.fallback = setTimeout(() => fire(id), Math.max(0, timer.due - performance.now()));
}
