/** What a workload proves itself with, and whom it believes. All PEM. */
export interface Credentials {
  /** Own certificate first, then intermediates if any. */
  readonly cert: string
  /** Private key of the certificate, not encrypted. */
  readonly key: string
  /** Roots by trust domain; a peer is judged by those of the domain in its own SPIFFE ID, and by no others. */
  readonly bundles: Readonly<Record<string, string>>
}

/** Where credentials come from. Any object of this shape will do. */
export interface IdentitySource {
  /** Today's credentials; called at the start and after every notification. */
  current(): Credentials
  /** Calls `fn` whenever the credentials may have changed; returns the unsubscriber. */
  subscribe(fn: () => void): () => void
  /** Why the newest credentials are not what `current` returns; absent or undefined while nothing is wrong. */
  problem?(): Error | undefined
  /** Releases what the source holds. Called when the mesh closes. */
  close?(): void
}
