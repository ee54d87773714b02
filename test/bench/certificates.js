/** Certificates for the mutual TLS runs: one private CA, one certificate a side, SPIFFE names for the mesh. */
import { generate } from 'selfsigned'

/**
 * @typedef {object} Credentials
 * @property {string} cert PEM
 * @property {string} key PEM
 * @property {string} ca PEM
 */

/**
 * @returns {Promise<{ server: Credentials, client: Credentials }>}
 */
export async function makeCertificates() {
  const ca = await generate([{ name: 'commonName', value: 'bench CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 6, value: 'spiffe://bench.local' }] },
    ],
  })
  const [server, client] = await Promise.all(['server', 'client'].map((side) => issue(ca, side)))
  return { server, client }
}

/**
 * @param {{ cert: string, private: string }} ca
 * @param {string} side
 * @returns {Promise<Credentials>}
 */
async function issue(ca, side) {
  const issued = await generate([{ name: 'commonName', value: `bench ${side}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 6, value: `spiffe://bench.local/ns/bench/sa/${side}` },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { cert: issued.cert, key: issued.private, ca: ca.cert }
}
