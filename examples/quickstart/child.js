/**
 * The forked side of `processes.js`: says where it listens, answers what the parent asks, and ends when the parent is
 * gone, however that came about.
 */
export function serveParent(port, commands, close) {
  process.on('message', async ({ id, command, argument }) => {
    process.send({ id, result: await commands[command](argument) })
  })
  process.on('disconnect', async () => {
    setTimeout(() => process.exit(1), 2_000).unref()
    await close()
    process.exit()
  })
  // Ctrl-C reaches every process of a terminal; the parent decides what it means.
  process.on('SIGINT', () => {})
  process.send({ ready: { port } })
}
