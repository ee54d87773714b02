import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMesh, type Mesh, type MeshEvents } from 'sidecarless'
import { watchManifests } from 'sidecarless/manifests'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

let dir: string
let url: string
let server: http.Server
let mesh: Mesh | undefined

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reload-'))
  server = http.createServer((request, response) => {
    // Some calls are under way while the config changes.
    setTimeout(() => response.end(String(request.headers['x-version'])), Math.random() * 20)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  await mesh?.close()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  rmSync(dir, { recursive: true })
})

/** Every call carries the version of the config that it went by, twice: in a header and in the name of its route. */
const manifest = (version: number): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - name: v${version}
      headers:
        request:
          set:
            x-version: v${version}
      route:
        - destination:
            host: reviews
`

function follow(): {
  mesh: Mesh
  until: (wanted: (event: MeshEvents['config']) => boolean) => Promise<MeshEvents['config']>
} {
  const made = createMesh({
    service: 'web',
    config: watchManifests(dir, { endpoints: { reviews: [{ url }] } }),
  })
  mesh = made
  const until = (wanted: (event: MeshEvents['config']) => boolean): Promise<MeshEvents['config']> =>
    new Promise((resolve) => {
      const stop = made.on('config', (event) => {
        if (!wanted(event)) return
        stop()
        resolve(event)
      })
    })
  return { mesh: made, until }
}

const version = async (from: Mesh): Promise<string> => (await from.request({ url: 'http://reviews/' })).body.text()

function replace(text: string): void {
  writeFileSync(join(dir, '.next'), text)
  renameSync(join(dir, '.next'), join(dir, 'mesh.yaml'))
}

const applied = (event: MeshEvents['config']): boolean => event.result === 'applied'
const rejected = (event: MeshEvents['config']): boolean => event.result === 'rejected'

describe('manifests that change under load', () => {
  it('F98: every call goes by one config, the old or the new, and none is lost', async () => {
    replace(manifest(0))
    const { mesh, until } = follow()
    await mesh.ready()
    const seen = new Set<string>()
    const failures: unknown[] = []
    let running = true
    let current = 0
    const load = async (): Promise<void> => {
      while (running)
        try {
          const began = current
          const answer = await version(mesh)
          seen.add(answer)
          const number = Number(answer.slice(1))
          if (number < began || number > current + 1) failures.push(`${answer} between ${began} and ${current}`)
        } catch (error) {
          failures.push(error)
        }
    }
    const loads = Array.from({ length: 10 }, load)
    for (let next = 1; next <= 5; next++) {
      const swapped = until(applied)
      replace(manifest(next))
      expect((await swapped).diff.changed).toEqual(['reviews'])
      current = next
      expect(await version(mesh)).toBe(`v${next}`)
      // The load's own calls may all have begun before.
      await vi.waitFor(() => expect(seen).toContain(`v${next}`))
    }
    running = false
    await Promise.all(loads)
    expect(failures).toEqual([])
  })

  it('F99, F100: what may not serve is refused with file and line, and the last good config goes on', async () => {
    replace(manifest(1))
    const { mesh, until } = follow()
    await mesh.ready()
    const steps: [what: string, change: () => void][] = [
      ['an unknown field', () => replace(manifest(2).replace('route:', 'rouet:'))],
      ['half a document', () => replace(manifest(2).slice(0, 120))],
      ['an empty file', () => truncateSync(join(dir, 'mesh.yaml'))],
      ['no file', () => rmSync(join(dir, 'mesh.yaml'))],
    ]
    for (const [what, change] of steps) {
      const refused = until(rejected)
      change()
      const { generation, errors } = await refused
      expect([what, generation, errors[0]?.line]).toEqual([what, 1, expect.any(Number)])
      expect(errors[0]?.file).toContain(dir)
      expect(await version(mesh)).toBe('v1')
    }
    const swapped = until(applied)
    replace(manifest(3))
    expect(await swapped).toMatchObject({ generation: 2 })
    expect(await version(mesh)).toBe('v3')
  })

  it('F100: a volume of Kubernetes that swaps its ..data link is seen within a second', async () => {
    const place = (name: string, text: string): void => {
      mkdirSync(join(dir, name))
      writeFileSync(join(dir, name, 'mesh.yaml'), text)
    }
    place('..1', manifest(1))
    symlinkSync('..1', join(dir, '..data'))
    symlinkSync('..data/mesh.yaml', join(dir, 'mesh.yaml'))
    const { mesh, until } = follow()
    await mesh.ready()
    expect(await version(mesh)).toBe('v1')
    place('..2', manifest(2))
    const swapped = until(applied)
    const start = performance.now()
    symlinkSync('..2', join(dir, '..tmp'))
    renameSync(join(dir, '..tmp'), join(dir, '..data'))
    await swapped
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(await version(mesh)).toBe('v2')
  })

  it('F101: a file that is written all the time is read now and then, and in the end', async () => {
    replace(manifest(0))
    const { mesh } = follow()
    await mesh.ready()
    const last = new Promise<void>((resolve) => {
      let writes = 0
      const timer = setInterval(() => {
        replace(manifest(++writes))
        if (writes < 150) return
        clearInterval(timer)
        resolve()
      }, 10)
    })
    await last
    await expect.poll(() => version(mesh), { timeout: 5_000 }).toBe('v150')
    expect(mesh.describe().generation).toBeLessThan(30)
  })
})
