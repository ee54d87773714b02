import type { AddressRecord, DnsFunctions, ServiceRecord } from '../../../src/discovery/dns/functions.js'

type Scripted<T> = readonly T[] | string

/** DNS from memory: a string is the code that a question fails with; nothing set means that the name does not exist. */
export class ScriptedDns implements DnsFunctions {
  readonly questions: string[] = []
  readonly v4 = new Map<string, Scripted<string | AddressRecord>>()
  readonly v6 = new Map<string, Scripted<string | AddressRecord>>()
  readonly srv = new Map<string, Scripted<ServiceRecord>>()
  readonly hosts = new Map<string, Scripted<string>>()
  cancelled = 0

  resolve4(name: string): Promise<readonly AddressRecord[]> {
    return this.#records('A', name, this.v4)
  }

  resolve6(name: string): Promise<readonly AddressRecord[]> {
    return this.#records('AAAA', name, this.v6)
  }

  async resolveSrv(name: string): Promise<readonly ServiceRecord[]> {
    return this.#find('SRV', name, this.srv)
  }

  async lookup(name: string): Promise<readonly string[]> {
    return this.#find('lookup', name, this.hosts)
  }

  cancel(): void {
    this.cancelled++
  }

  async #records(
    type: string,
    name: string,
    from: Map<string, Scripted<string | AddressRecord>>,
  ): Promise<readonly AddressRecord[]> {
    return this.#find(type, name, from).map((one) => (typeof one === 'string' ? { address: one, ttl: 30 } : one))
  }

  #find<T>(type: string, name: string, from: Map<string, Scripted<T>>): readonly T[] {
    this.questions.push(`${type} ${name}`)
    const found = from.get(name) ?? 'ENOTFOUND'
    if (typeof found === 'string') throw Object.assign(new Error(`query${type} ${found} ${name}`), { code: found })
    return found
  }
}
