import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
interface Ended {
  readonly code: number | null
  /** Standard output and error, as they came. */
  readonly output: string
}

/** A program that runs in a process group of its own, so that whatever it leaves behind can be found. */
export interface Running {
  readonly pid: number
  readonly end: Promise<Ended>
  /** What it has said so far. */
  readonly output: string
  /** Resolves once the output has this text. */
  says(text: string): Promise<void>
}

/** Where and how a program runs. */
interface RunOptions {
  cwd: string
  env?: Readonly<Record<string, string>>
}

/** Starts a program, without colours. */
export function start(command: string, args: readonly string[], { cwd, env: extra }: RunOptions): Running {
  const { FORCE_COLOR: _, ...env } = process.env
  const child = spawn(command, args, {
    cwd,
    env: { ...env, ...extra, NO_COLOR: '1' },
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
    get output() {
      return output
    },
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
