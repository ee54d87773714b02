import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Before V8 13 (Node 20 and 22) an object whose prototype was replaced, as Express does with each request and response,
 * gets a hidden class of its own with the next property, and no code that reads it can be fast. An object that loses a
 * property becomes a dictionary, and dictionaries of one kind share a class.
 */
const hiddenClassesPartWays = Number.parseInt(process.versions.v8, 10) < 13

/** Whether objects with this prototype were given it after they had been made, by prototype. */
const replacedLater = new WeakMap<object, boolean>()

function wasReplaced(prototype: object, request: IncomingMessage, response: ServerResponse): boolean {
  const maker: unknown = request.constructor
  const replaced =
    typeof maker === 'function' &&
    maker.prototype !== prototype &&
    Object.hasOwn(request, 'rawHeaders') &&
    Object.hasOwn(response, 'sendDate')
  replacedLater.set(prototype, replaced)
  return replaced
}

/**
 * Has the requests and responses of a framework that replaces their prototypes share a hidden class again. They keep all
 * of their properties. Everything that the framework and Node do with them from then on is faster, several times for most
 * of it. Does nothing where they share one anyway.
 */
export function shareHiddenClass(request: IncomingMessage, response: ServerResponse): void {
  if (!hiddenClassesPartWays) return
  const prototype: object = Object.getPrototypeOf(request)
  if (!(replacedLater.get(prototype) ?? wasReplaced(prototype, request, response))) return
  const { rawHeaders } = request
  if (Reflect.deleteProperty(request, 'rawHeaders')) request.rawHeaders = rawHeaders
  const { sendDate } = response
  if (Reflect.deleteProperty(response, 'sendDate')) response.sendDate = sendDate
}
