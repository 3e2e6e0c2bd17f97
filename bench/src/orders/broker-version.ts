import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { listenerOf } from './server-processes.ts'

const TIMEOUT_MS = 2000
// What an AMQP 0-9-1 client says first; the server introduces itself before anybody has signed in.
const HELLO = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')
// Among the server's properties; between the name and the text stand the text's type and length, five bytes.
const RABBITMQ_VERSION = /version.{5}(\d+\.\d+\.\d+)/s

/** `RabbitMQ 3.10.8`; without the number where the server does not tell. */
export async function rabbitmqVersion(host: string, port: number): Promise<string> {
  const socket = connect({ host, port, timeout: TIMEOUT_MS })
  const version = await new Promise<string>((resolve) => {
    let text = ''
    socket.on('connect', () => socket.write(HELLO))
    socket.on('data', (data) => {
      text += data.toString('latin1')
      const [, found] = RABBITMQ_VERSION.exec(text) ?? []
      if (found !== undefined) resolve(` ${found}`)
    })
    for (const event of ['timeout', 'error', 'close']) socket.on(event, () => resolve(''))
  })
  socket.destroy()
  return `RabbitMQ${version}`
}

/** `Kafka 4.2.1`; without the number where the server is not on this machine: its protocol does not tell. */
export function kafkaVersion(port: number): string {
  const pid = listenerOf(port)
  const [, version] = pid === undefined ? [] : (/kafka[-_](?:\d\.\d+-)?(\d+\.\d+\.\d+)/.exec(commandLine(pid)) ?? [])
  return version === undefined ? 'Kafka' : `Kafka ${version}`
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
