/** The registry server as a program of its own, from its environment: for tests that kill it. */
import { readServerConfig, startServer } from '@aam/server'

const running = await startServer({
  config: readServerConfig(process.env, ''),
  now: () => new Date(),
  version: '0.0.0-test',
  log: line => process.stderr.write(`${line}\n`),
})
const stop = (): void => {
  void running.close().then(() => process.exit(0))
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.stdout.write(`${running.address}\n`)
