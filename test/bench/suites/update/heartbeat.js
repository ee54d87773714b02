/** Measures how long the event loop is held at most: the longest time between two of its turns. */
export function startHeartbeat() {
  let longestMs = 0
  let last = performance.now()
  let beating = true
  const beat = () => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - last)
    last = now
    if (beating) setImmediate(beat)
  }
  setImmediate(beat)
  return {
    stop() {
      beating = false
      return Math.max(longestMs, performance.now() - last)
    },
  }
}
