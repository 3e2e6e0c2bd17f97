import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TIMEOUT_MS = 60_000

/** Runs RabbitMQ's administration command on the test server, which must be on this machine. */
export async function rabbitmqctl(...args: string[]): Promise<void> {
  await run('rabbitmqctl', ['--quiet', ...args], { timeout: TIMEOUT_MS })
}

/** Whether we may administer the server. Not being able to is an error when ORDER_FLOW_REQUIRE_ENGINES is set. */
export async function mayAdminister(): Promise<boolean> {
  try {
    await rabbitmqctl('list_vhosts')
    return true
  } catch (error) {
    if (process.env.ORDER_FLOW_REQUIRE_ENGINES) throw new Error('rabbitmqctl is required here and cannot be used.', { cause: error })
    return false
  }
}
