import type { Server, Socket } from 'node:net'
import { type Clock, systemClock } from '../core/clock.js'

/** Longest a connection may stay silent before it is known what it speaks. */
const silenceMs = 5_000
/** First byte of a TLS handshake; no HTTP request begins with it. */
const handshakeByte = 0x16

/** Where connections go, once it is known what they speak. */
export interface SniffTargets {
  /** Usually `(socket) => httpsServer.emit('connection', socket)`. */
  onTls(socket: Socket): void
  /** Usually `(socket) => httpServer.emit('connection', socket)`. */
  onPlain(socket: Socket): void
  readonly clock?: Clock | undefined
}

/**
 * One port for TLS and plain text: looks at the first byte of every connection and hands it on, nothing consumed. A
 * connection that says nothing for 5 s is closed. Returns a function that stops it.
 */
export function sniffTls(server: Server, targets: SniffTargets): () => void {
  const clock = targets.clock ?? systemClock
  const waiting = new Set<Socket>()

  function sniff(socket: Socket): void {
    const timer = clock.setTimer(() => socket.destroy(), silenceMs)
    waiting.add(socket)

    function settle(): void {
      timer.cancel()
      waiting.delete(socket)
      socket.off('data', decide)
      socket.off('error', settle)
      socket.off('end', hangUp)
      socket.off('close', settle)
    }
    function hangUp(): void {
      socket.destroy()
    }
    function decide(chunk: Buffer): void {
      settle()
      socket.pause()
      socket.unshift(chunk)
      if (chunk[0] === handshakeByte) targets.onTls(socket)
      else targets.onPlain(socket)
      // The new owner has its listeners by now; TLS reads the handle itself and must not be resumed.
      if (chunk[0] !== handshakeByte) process.nextTick(() => socket.resume())
    }
    socket.on('data', decide)
    socket.on('error', settle)
    socket.on('end', hangUp)
    socket.on('close', settle)
  }

  server.on('connection', sniff)
  return function stop() {
    server.off('connection', sniff)
    for (const socket of waiting) socket.destroy()
  }
}
