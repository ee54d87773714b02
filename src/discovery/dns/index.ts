export { dns } from './dns.js'
export type { DnsDiscovery, DnsOptions } from './options.js'
