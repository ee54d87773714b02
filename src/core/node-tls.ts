/**
 * Node's TLS, not by `import`: that reads every export of a builtin module, and one of these is the list of 140 root
 * certificates, 220 kB in each process.
 */
export const nodeTls: typeof import('node:tls') = process.getBuiltinModule('node:tls')
