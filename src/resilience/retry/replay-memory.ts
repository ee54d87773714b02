/** What all request bodies that are kept for retries may take up together, in bytes. */
const processWide = 64 * 1024 * 1024

let taken = 0

/** Takes memory for a piece of a body that is kept; false when the whole process keeps too much already. */
export function takeReplayMemory(bytes: number): boolean {
  if (taken + bytes > processWide) return false
  taken += bytes
  return true
}

/** Gives it back. */
export function giveReplayMemory(bytes: number): void {
  taken -= bytes
}
