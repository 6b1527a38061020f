/** A process that is a registry server, with its settings from the environment as in production. */
import { readServerConfig, startServer } from '@aam/server'

async function serve(): Promise<void> {
  const running = await startServer({
    config: readServerConfig(process.env, ''),
    now: () => new Date(),
    version: '0.0.0-bench',
    log: line => process.stdout.write(`${line}\n`),
  })
  process.on('SIGTERM', () => {
    void running.close().then(() => process.exit(0))
  })
  process.send!({ address: running.address })
}

void serve()
