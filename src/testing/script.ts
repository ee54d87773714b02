/**
 * What a scripted peer does with the requests that reach it: the same for all of them; in order, the last step going
 * on for ever; or as a function decides, `n` being 1 for the first request.
 */
export type Script<Request, Step extends object> = Step | readonly Step[] | ((request: Request, n: number) => Step)

function isList<Step>(script: unknown): script is readonly Step[] {
  return Array.isArray(script)
}

/** Makes the one form out of all three; a list is read anew for every request, so that it may grow. */
export function player<Request, Step extends object>(
  script: Script<Request, Step>,
  otherwise: Step,
): (request: Request, n: number) => Step {
  if (typeof script === 'function') return script
  if (isList<Step>(script)) return (_request, n) => script[Math.min(n, script.length) - 1] ?? otherwise
  return () => script
}
