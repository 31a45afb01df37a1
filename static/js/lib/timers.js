// Timers that keep their time in a hidden page.
//
// A browser runs the timers of a page that has been hidden for some minutes once a minute at most; those of a worker run
// on. Without a worker (its file did not load) the page's own timers serve.

let worker = null;
let lastId = 0;
const waiting = new Map(); // id to {callback, due, fallback}

// The worker is fetched when the page is hidden for the first time: until then the page's own timers are as good.
// `url`: of timer_worker.js.
export function useTimerWorker(url) {
  const start = () => {
    if (document.visibilityState !== "hidden") return;
    document.removeEventListener("visibilitychange", start);
    startWorker(url);
  };
  document.addEventListener("visibilitychange", start);
  start();
}

// Timers that were started before are moved over.
function startWorker(url) {
  worker = new Worker(url);
  worker.addEventListener("message", ({ data: id }) => fire(id));
  worker.addEventListener("error", stopWorker);
  for (const [id, { due, fallback }] of waiting) {
    clearTimeout(fallback);
    worker.postMessage({ id, ms: Math.max(0, due - performance.now()) });
  }
}

// Call `callback` once, after `ms` milliseconds. Returns the id for `cancel`, never 0.
function after(ms, callback) {
  lastId += 1;
  const id = lastId;
  const timer = { callback, due: performance.now() + ms, fallback: 0 };
  waiting.set(id, timer);
  if (worker) worker.postMessage({ id, ms });
  else timer.fallback = setTimeout(() => fire(id), ms);
  return id;
}

// Does nothing for a timer that has run, and for none.
function cancel(id) {
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

function stopWorker() {
  worker = null;
  for (const [id, timer] of waiting) {
    timer.fallback = setTimeout(() => fire(id), Math.max(0, timer.due - performance.now()));
  }
}

// Two kinds of timers with the same two functions, so that what needs timers can be given others in tests.
export const workerTimers = { after, cancel };
export const pageTimers = {
  after: (ms, callback) => setTimeout(callback, ms),
  cancel: (id) => clearTimeout(id),
};
