/** A pino-style logger: the object first, then the message. `console`-like loggers need a wrapper. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child?(bindings: Record<string, unknown>): Logger
}

function silent(): void {}

/** Says nothing. The default. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent }
