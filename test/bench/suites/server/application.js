/** The application that every contender serves, and how many requests have reached it. */
import { order } from '../../payloads.js'

export const path = '/orders/order-4711'
export const route = '/orders/:id'

let reached = 0

/** The answer to one request; each framework serialises it in its own way. */
export function answer() {
  reached += 1
  return order
}

export const reachedCount = () => reached
