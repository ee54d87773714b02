import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Before V8 13 (Node 20 and 22) an object whose prototype was replaced, as Express does with each request and response,
 * gets a hidden class of its own with the next property, and no code that reads it can be fast. An object that loses a
 * property becomes a dictionary, and dictionaries with one prototype share a class - but for one process in 64, where V8
 * remembers that of the requests and that of the responses in the same place.
 */
const hiddenClassesPartWays = Number.parseInt(process.versions.v8, 10) < 13

/** Whether requests with this prototype were given it after they had been made, by prototype. */
const givenLater = new WeakMap<object, boolean>()

function isGivenLater(prototype: object, request: IncomingMessage): boolean {
  const maker: unknown = request.constructor
  const later = typeof maker === 'function' && maker.prototype !== prototype
  givenLater.set(prototype, later)
  return later
}

/** Takes a property away and gives it back. */
function renew(object: object, name: string): void {
  const property = Object.getOwnPropertyDescriptor(object, name)
  if (property === undefined || !Object.isExtensible(object)) return
  Reflect.deleteProperty(object, name)
  Object.defineProperty(object, name, property)
}

/**
 * Has the requests and responses of a framework that replaces their prototypes share a hidden class again, until it
 * replaces them once more, for an application mounted further in. To read and write their properties is faster from then on;
 * to enumerate them takes longer, and they take more memory. Does nothing where they share one anyway.
 */
export function shareHiddenClass(request: IncomingMessage, response: ServerResponse): void {
  if (!hiddenClassesPartWays) return
  const prototype: object = Object.getPrototypeOf(request)
  if (!(givenLater.get(prototype) ?? isGivenLater(prototype, request))) return
  renew(request, 'rawHeaders')
  renew(response, 'sendDate')
}
