import { type FSWatcher, statSync, watch } from 'node:fs'

interface Watched {
  readonly inode: number
  readonly watcher: FSWatcher
}

function inodeOf(directory: string): number {
  try {
    return statSync(directory).ino
  } catch {
    return -1
  }
}

/**
 * Watches directories rather than files: a watched file is lost when it is renamed over, and Kubernetes swaps a link
 * beside it. Never keeps the process alive. Where a directory cannot be watched, only `rearm` and polling help.
 */
export class DirectoryWatch {
  readonly #directories: readonly string[]
  readonly #onChange: () => void
  readonly #watched = new Map<string, Watched>()

  constructor(directories: readonly string[], onChange: () => void) {
    this.#directories = [...new Set(directories)]
    this.#onChange = onChange
    this.rearm()
  }

  /** Watches again what was replaced: another directory under the same name, or one that did not exist. */
  rearm(): void {
    for (const directory of this.#directories) {
      const inode = inodeOf(directory)
      if (this.#watched.get(directory)?.inode === inode) continue
      this.#forget(directory)
      if (inode === -1) continue
      try {
        const watcher = watch(directory, { persistent: false }, this.#onChange)
        watcher.on('error', () => this.#forget(directory))
        this.#watched.set(directory, { inode, watcher })
      } catch {
        // No more inotify handles, or a file system without them: polling goes on.
      }
    }
  }

  #forget(directory: string): void {
    this.#watched.get(directory)?.watcher.close()
    this.#watched.delete(directory)
  }

  close(): void {
    for (const directory of [...this.#watched.keys()]) this.#forget(directory)
  }
}
