// What the containers of docker-compose.yml need beside the services: `main.ts secrets` and `main.ts provision`, each once.
import { AppError, messageOf } from '@order-flow/service-kit'
import { makeSecrets } from './make-secrets.ts'
import { provision } from './provision.ts'

const FOLDER = '/run/order-flow'
const { BROKER = 'rabbitmq', DEMO = 'true' } = process.env

try {
  const [task] = process.argv.slice(2)
  if (task === 'secrets') {
    if (BROKER !== 'rabbitmq' && BROKER !== 'kafka') throw new AppError('invalid', `BROKER is rabbitmq or kafka, not "${BROKER}".`)
    makeSecrets({ folder: FOLDER, broker: BROKER, demo: DEMO === 'true' })
  } else if (task === 'provision') await provision(FOLDER)
  else throw new AppError('invalid', `The tasks are secrets and provision, not "${task ?? ''}".`)
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
}
