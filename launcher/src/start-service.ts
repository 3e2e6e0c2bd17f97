import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '@order-flow/service-kit'
import { isServiceName, SERVICES } from './distributed/parts.ts'
import { serveOwnConfiguration } from './own-configuration.ts'

const USAGE = `Starts one service as a process of its own.

  npm run start:service -- NAME [--config URL] [--port N] [--data DIR]

  NAME   ${SERVICES.join(', ')}

  --config URL   the config server (default http://127.0.0.1:8888; eureka-server needs none and then reads the files itself)
  --repo DIR     folder of the configuration files, for config-server and eureka-server (default config-repo)
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
  await (name === 'eureka-server' ? runRegistry(options) : runProgram(name, options))
} else {
  process.stderr.write(`There is no service "${name}"; the services are ${SERVICES.join(', ')}.\n`)
  process.exitCode = 1
}

async function runRegistry(args: readonly string[]): Promise<void> {
  try {
    const configuration = await serveOwnConfiguration(args, process.env)
    if (configuration.url !== undefined) process.env.CONFIG_SERVER_URL = configuration.url
    await runProgram('eureka-server', configuration.options)
    await configuration.stop()
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = 1
  }
}

/** The service's own program sees the command line as if it had been started itself. */
async function runProgram(service: string, args: readonly string[]): Promise<void> {
  const program = join(ROOT, service, 'src', 'main.ts')
  process.argv = [process.execPath, program, ...args]
  await import(pathToFileURL(program).href)
}
