// Runs the timers of `timers.js`. Message in: {id, ms}, or {id} to stop it. Message out: the id, when its time has come.

const running = new Map();

self.addEventListener("message", ({ data: { id, ms } }) => {
  clearTimeout(running.get(id));
  running.delete(id);
  if (ms === undefined) return;
  running.set(
    id,
    setTimeout(() => {
      running.delete(id);
      self.postMessage(id);
    }, ms),
  );
});
