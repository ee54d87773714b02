/** Work in steps: it yields wherever it may be paused, and nothing has happened to anybody before it returns. */
export type Steps<T> = Generator<void, T, void>

/** How long work in steps may hold the event loop before it lets others run, ms. */
const sliceMs = 3

/** Runs to the end without a pause. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Lets everything else that is due run. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Runs to the end in slices of a few milliseconds, so that calls under way are not held up. */
export async function runInSlices<T>(steps: Steps<T>): Promise<T> {
  let until = performance.now() + sliceMs
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() < until) continue
    await pause()
    until = performance.now() + sliceMs
  }
}
