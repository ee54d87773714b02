/** The groups of nodes that reach each other, each as one closed walk `a, b, …, a`. */
export function findCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const cycles: string[][] = []
  const settled = new Set<string>()
  for (const start of [...graph.keys()].sort()) {
    if (settled.has(start)) continue
    const walk = shortestWalkBack(graph, start)
    if (walk === undefined) continue
    cycles.push(walk)
    for (const node of walk) settled.add(node)
  }
  return cycles
}

function shortestWalkBack(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return unwind(cameFrom, start, node)
      if (cameFrom.has(next)) continue
      cameFrom.set(next, node)
      queue.push(next)
    }
  }
  return undefined
}

function unwind(cameFrom: ReadonlyMap<string, string>, start: string, last: string): string[] {
  const walk = [start]
  for (let node: string | undefined = last; node !== undefined && node !== start; node = cameFrom.get(node)) {
    walk.unshift(node)
  }
  return [start, ...walk]
}
