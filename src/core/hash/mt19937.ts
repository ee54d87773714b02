const size = 624
const shift = 397

/**
 * The 32-bit Mersenne Twister, `std::mt19937`: where another implementation's choice has to be repeated, its random
 * numbers have to be too. Not for secrets.
 */
export class Mt19937 {
  readonly #state = new Int32Array(size)
  #at = size

  /** Begins a sequence; an instance is 2.5 kB and can begin many. */
  seed(value: number): void {
    const state = this.#state
    let last = value | 0
    state[0] = last
    for (let i = 1; i < size; i++) {
      last = (Math.imul(1_812_433_253, last ^ (last >>> 30)) + i) | 0
      state[i] = last
    }
    this.#at = size
  }

  /** The next number: 0 to 2^32 - 1. */
  next(): number {
    if (this.#at === size) this.#twist()
    let y = this.#state[this.#at++] ?? 0
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }

  /** An integer in [0, n), as Envoy draws it: equal parts of the range, what is over is drawn again. */
  below(n: number): number {
    const part = Math.floor(4_294_967_296 / n)
    let drawn = n
    while (drawn >= n) drawn = Math.floor(this.next() / part)
    return drawn
  }

  #twist(): void {
    const state = this.#state
    for (let i = 0; i < size; i++) {
      const y = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % size] ?? 0) & 0x7fffffff)
      state[i] = (state[(i + shift) % size] ?? 0) ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df)
    }
    this.#at = 0
  }
}
