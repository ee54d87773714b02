import { lookup as lookupCallback, promises } from 'node:dns'

/** An address record. */
export interface AddressRecord {
  readonly address: string
  /** Seconds; undefined for all but the first 256 records on Node 20. */
  readonly ttl: number | undefined
}

/** An SRV record. Node does not tell its TTL. */
export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** DNS, injected, so that answers, TTLs and outages can be replayed. They reject as `node:dns` does, with its codes. */
export interface DnsFunctions {
  resolve4(name: string): Promise<readonly AddressRecord[]>
  resolve6(name: string): Promise<readonly AddressRecord[]>
  resolveSrv(name: string): Promise<readonly ServiceRecord[]>
  /** Every other source of the system: the hosts file, search domains. Undefined where only DNS servers may be asked. */
  readonly lookup: ((name: string, family: 0 | 4 | 6) => Promise<readonly string[]>) | undefined
  /** Gives up on what is asked at the moment. */
  cancel(): void
}

/** The system's own lookup blocks one of four threads, which files and cryptography need too, for as long as it takes. */
const maxLookups = 2
let lookups = 0
const waiting: (() => void)[] = []

async function systemLookup(name: string, family: 0 | 4 | 6): Promise<readonly string[]> {
  if (lookups < maxLookups) lookups++
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await new Promise<string[]>((resolve, reject) => {
      lookupCallback(name, { all: true, family, order: 'verbatim' }, (error, found) => {
        if (error === null) resolve(found.map(({ address }) => address))
        else reject(error)
      })
    })
  } finally {
    const next = waiting.shift()
    if (next === undefined) lookups--
    else next()
  }
}

/** Asks the given DNS servers, or the system's. Each question has 2 s a server, and a second try. */
export function systemDns(servers?: readonly string[] | undefined): DnsFunctions {
  const resolver = new promises.Resolver({ timeout: 2_000, tries: 2 })
  if (servers !== undefined) resolver.setServers(servers)
  return {
    resolve4: (name) => resolver.resolve4(name, { ttl: true }),
    resolve6: (name) => resolver.resolve6(name, { ttl: true }),
    resolveSrv: (name) => resolver.resolveSrv(name),
    lookup: servers === undefined ? systemLookup : undefined,
    cancel: () => resolver.cancel(),
  }
}
