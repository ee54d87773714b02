/**
 * The two ends of a promise, kept by what will settle it. Not a closure over them: while code is young, V8 puts a function
 * literal that is assigned to a property into its old generation, and what it holds outlives every young collection.
 */
export interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}
