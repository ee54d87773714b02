import type { WindowUsage } from './decision.js'

/** Is told what Redis said. */
export interface RedisAnswer {
  /** Where the client stands in the window of this number. */
  counted(number: number, usage: WindowUsage, over: boolean): void
  failed(error: unknown): void
}
