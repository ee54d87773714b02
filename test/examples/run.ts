import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  /** Standard output and error, as they came. */
  readonly output: string
}

/** A program that runs in a process group of its own, so that whatever it leaves behind can be found. */
export interface Running {
  readonly pid: number
  readonly end: Promise<Ended>
  /** Resolves once the output has this text. */
  says(text: string): Promise<void>
}

/** Starts a program, without colours. */
export function runToEnd(command: string, args: readonly string[], options: { cwd: string }): Running {
  const { FORCE_COLOR: _, ...env } = process.env
  const child = spawn(command, args, {
    ...options,
    env: { ...env, NO_COLOR: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      for (const listener of listeners) listener()
    })
  const end = once(child, 'close').then(() => ({ code: child.exitCode, output }))
  return {
    pid: child.pid ?? 0,
    end,
    says(text) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.includes(text)) resolve()
        }
        listeners.add(look)
        look()
        void end.then(() => reject(new Error(`it ended and never said "${text}":\n${output}`)))
      })
    },
  }
}

/** Whether any process of a group is left. */
export function groupIsAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}
