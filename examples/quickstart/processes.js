import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const running = new Set()

/** Nothing outlives this process: the last resort behind `stopProcesses`. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a file of this folder in a process of its own; resolves once it listens. */
export async function startProcess(file, args, env) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    env: { ...process.env, ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))

  const waiting = new Map()
  const { port } = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${file} ${args.join(' ')} ended with ${code} before it listened`)))
    child.on('message', ({ ready, id, result }) => {
      if (ready) resolve(ready)
      else waiting.get(id)?.resolve(result)
    })
  })

  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ${args[0]} ended with ${code}`))
  })

  let last = 0
  return {
    name: args[0],
    port,
    /** Runs one of its commands. */
    ask(command, argument) {
      const id = ++last
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        child.send({ id, command, argument })
      }).finally(() => waiting.delete(id))
    },
  }
}

/** Lets every process close what it has open and end by itself. */
export async function stopProcesses() {
  await Promise.all(
    [...running].map((child) => {
      const exit = once(child, 'exit')
      if (child.connected) child.disconnect()
      return exit
    }),
  )
}
