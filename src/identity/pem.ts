import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const keyBlock = /-----BEGIN ((?:EC |RSA |ENCRYPTED )?PRIVATE KEY)-----[^-]+(?:-[^-]+)*?-----END \1-----/
/** Largest PEM text that is read. */
const maxPemLength = 1024 * 1024

/** PEM that holds no usable certificate or key. The message never shows its content. */
class PemError extends Error {
  override readonly name: string = 'PemError'
}

/** Every certificate in a PEM text, in order; text around them, byte order marks and CRLF do not matter. */
export function certificatesOf(pem: string): X509Certificate[] {
  if (pem.length > maxPemLength) throw new PemError(`is larger than ${maxPemLength} bytes`)
  return [...pem.matchAll(certificateBlock)].map(([block], index) => {
    try {
      return new X509Certificate(block)
    } catch {
      throw new PemError(`has a certificate that cannot be read, number ${index + 1}`)
    }
  })
}

/** The private key in a PEM text. Throws `PemError`. */
export function privateKeyOf(pem: string): KeyObject {
  if (pem.length > maxPemLength) throw new PemError(`is larger than ${maxPemLength} bytes`)
  const [block, label] = keyBlock.exec(pem) ?? []
  if (block === undefined) throw new PemError('has no PEM private key')
  if (label === 'ENCRYPTED PRIVATE KEY' || block.includes('Proc-Type: 4,ENCRYPTED'))
    throw new PemError('is encrypted; give the key without a passphrase')
  try {
    return createPrivateKey(block)
  } catch {
    throw new PemError('has a private key that cannot be read')
  }
}
