/** A pino-style logger: the object first, then the message. `console`-like loggers need a wrapper. */
export interface Logger {
  /** For development. */
  debug(fields: object, message: string): void
  /** What happens in normal operation; the access log comes here, and what returns to normal. */
  info(fields: object, message: string): void
  /** What works otherwise than configured, and what was taken out of use, as an endpoint that is ejected. */
  warn(fields: object, message: string): void
  /** What went wrong and was not told to a caller. */
  error(fields: object, message: string): void
  /** A logger that adds these fields to every entry. Without it request logs have no request id. */
  child?(bindings: Record<string, unknown>): Logger
}

function silent(): void {}

/** Says nothing. The default. */
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent }
