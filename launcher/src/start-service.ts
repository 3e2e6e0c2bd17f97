import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isServiceName, SERVICES } from './distributed/parts.ts'

const USAGE = `Starts one service as a process of its own.

  npm run start:service -- NAME [--config URL] [--port N] [--data DIR]

  NAME   ${SERVICES.join(', ')}

  --config URL   the config server (default http://127.0.0.1:8888); for the config server itself: --repo DIR
  --port N       another port than the configured one; 0: chosen by the system
  --data DIR     folder for its own data (default ./data)

Services with a message queue need BROKER (rabbitmq or kafka), BROKER_URL and DATABASE_URL in the environment or in the
configuration; docs/distributed.md explains them.
`

const ROOT = join(import.meta.dirname, '..', '..')
const [name = '--help', ...options] = process.argv.slice(2)

if (name === '--help') {
  process.stdout.write(USAGE)
} else if (isServiceName(name)) {
  // Keeps compiled code between starts: half of the start-up time is compiling.
  enableCompileCache(join(ROOT, 'node_modules', '.cache', 'compiled'))
  // The service's own program sees the command line as if it had been started itself.
  const program = join(ROOT, name, 'src', 'main.ts')
  process.argv = [process.execPath, program, ...options]
  await import(pathToFileURL(program).href)
} else {
  process.stderr.write(`There is no service "${name}"; the services are ${SERVICES.join(', ')}.\n`)
  process.exitCode = 1
}
