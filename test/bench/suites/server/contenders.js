/** Who takes part, by framework. Each module's `serve` starts it with the policies that are named. */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {Framework} framework
 * @property {readonly string[]} policies
 */

/** @typedef {'node:http' | 'Fastify' | 'Express'} Framework */

/**
 * `byHand`: whether it also takes part with policies that were written for this one application.
 * `prepared`: whether the peers together also take part with a key that needs no parsing.
 * @type {Record<Framework, { module: string, ours: string, plugins: Record<string, string>, byHand?: boolean, prepared?: boolean }>}
 */
const frameworks = {
  'node:http': { module: 'node-http', ours: 'mesh.server', plugins: {} },
  Fastify: {
    module: 'fastify',
    ours: 'meshPlugin',
    plugins: { jwt: '@fastify/jwt (cache)', limit: '@fastify/rate-limit', metrics: 'fastify-metrics' },
    byHand: true,
  },
  Express: {
    module: 'express',
    ours: 'meshMiddleware',
    plugins: { jwt: 'express-jwt', limit: 'express-rate-limit', metrics: 'express-prom-bundle' },
    byHand: true,
    prepared: true,
  },
}

/** @type {readonly Framework[]} */
export const frameworkNames = ['node:http', 'Fastify', 'Express']

/** The peers' plugins together. @param {Framework} framework */
export const peersOf = (framework) => `${framework} + all three`

/** The same with a key that needs no parsing. @param {Framework} framework */
export const preparedPeersOf = (framework) => `${peersOf(framework)}, key prepared`

/** What the same costs one application that needs no more. @param {Framework} framework */
export const byHandOf = (framework) => `${framework} + the least by hand`

/** Ours with every policy, each reply written by itself. @param {Framework} framework */
export const oursAtOnceOf = (framework) => `${oursOf(framework)}, each reply at once`

/** Ours with every policy. @param {Framework} framework */
export const oursOf = (framework) => `${framework} + ${frameworks[framework].ours}, all policies`

/**
 * @param {Framework} framework
 * @returns {Contender[]} the bare framework first
 */
export function contendersOf(framework) {
  const { ours, plugins, byHand = false, prepared = false } = frameworks[framework]
  const single = Object.entries(plugins).map(([policy, plugin]) => ({
    name: `${framework} + ${plugin}`,
    policies: [policy],
  }))
  const together = single.length === 0 ? [] : [{ name: peersOf(framework), policies: Object.keys(plugins) }]
  return [
    { name: framework, policies: [] },
    ...single,
    ...together,
    ...(prepared ? [{ name: preparedPeersOf(framework), policies: [...Object.keys(plugins), 'prepared'] }] : []),
    ...(byHand ? [{ name: byHandOf(framework), policies: ['hand'] }] : []),
    { name: `${framework} + ${ours}, metrics only`, policies: ['mesh-off'] },
    { name: oursAtOnceOf(framework), policies: ['mesh', 'at-once'] },
    { name: oursOf(framework), policies: ['mesh'] },
  ].map((contender) => ({ ...contender, framework }))
}

/**
 * @param {Contender} contender
 * @returns {string} the module's URL
 */
export function moduleOf({ framework }) {
  return new URL(`./contenders/${frameworks[framework].module}.js`, import.meta.url).href
}
