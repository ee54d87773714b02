import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDispatcher, Installer } from '../../../src/adapters/undici/index.js'

const later = Symbol.for('undici.globalDispatcher.2')
const original = getGlobalDispatcher()
const anothers = new Agent()
const upstream = http.createServer((_request, response) => void response.end('before'))
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`
})
afterAll(async () => {
  await anothers.close()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})
afterEach(() => setGlobalDispatcher(original))

/** Answers nothing, and says so. */
function installer(): Installer {
  return new Installer(createDispatcher(() => Promise.reject(new Error('closed'))))
}

async function answer(): Promise<string> {
  try {
    return await (await globalThis.fetch(url)).text()
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  }
}

describe('a dispatcher that is installed', () => {
  it('is asked until what was there is restored', async () => {
    const restore = installer().install()
    expect(await answer()).toBe('closed')
    restore()
    expect(getGlobalDispatcher()).toBe(original)
    expect(await answer()).toBe('before')
  })

  it('gives back what versions of undici keep in different places', () => {
    Reflect.set(globalThis, later, anothers)
    const restore = installer().install()
    expect(Reflect.get(globalThis, later)).toBe(getGlobalDispatcher())
    restore()
    expect([getGlobalDispatcher(), Reflect.get(globalThis, later)]).toEqual([original, anothers])
  })

  it('goes in any order with others, and with itself', () => {
    const one = installer()
    for (const order of [
      [0, 1],
      [1, 0],
    ])
      for (const other of [installer(), one]) {
        const restores = [one.install(), other.install()]
        for (const i of order) {
          expect(getGlobalDispatcher()).not.toBe(original)
          restores[i]?.()
        }
        expect(getGlobalDispatcher()).toBe(original)
      }
  })

  it('takes away nothing that others have set since, and hands on where they put it back', async () => {
    const restore = installer().install()
    const installed = getGlobalDispatcher()
    setGlobalDispatcher(anothers)
    restore()
    expect(getGlobalDispatcher()).toBe(anothers)
    setGlobalDispatcher(installed)
    expect(await answer()).toBe('before')
  })

  it('is restored once: what is set later stays', () => {
    const restore = installer().install()
    const installed = getGlobalDispatcher()
    restore()
    setGlobalDispatcher(installed)
    restore()
    expect(getGlobalDispatcher()).toBe(installed)
  })

  it('goes as the mesh closes, wherever it is, and cannot come after that', () => {
    const [one, other] = [installer(), installer()]
    one.install()
    other.install()
    one.install()
    one.close()
    one.close()
    expect(getGlobalDispatcher()).not.toBe(original)
    other.close()
    expect(getGlobalDispatcher()).toBe(original)
    expect(() => one.install()).toThrow(expect.objectContaining({ code: 'ERR_MESH_CLOSED' }))
  })
})
