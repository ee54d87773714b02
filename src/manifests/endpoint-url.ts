/** The address of an endpoint as the native config has it. */
export function endpointUrl(address: string, port: number, scheme: 'http' | 'https'): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`
}
