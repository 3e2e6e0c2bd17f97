import { withTimeout } from '@order-flow/service-kit'
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'

const CLOSE_TIMEOUT_MS = 2000

/** One connection from its opening to its end. It ends as a whole when any of its channels does. */
export interface Session {
  model: ChannelModel
  /** Aborts with the reason when the session ends. */
  lost: AbortSignal
  /** The same as a promise: rejects. */
  ended: Promise<never>
  openChannel(): Promise<Channel>
  openConfirmChannel(): Promise<ConfirmChannel>
  /** Closes a channel without ending the session. What it was sent before still goes out. */
  closeChannel(channel: Channel): Promise<void>
  /** Ends the session for this reason. */
  fail(reason: unknown): void
  close(): Promise<void>
}

export function createSession({ model, destroy }: { model: ChannelModel; destroy: () => void }): Session {
  const end = new AbortController()
  const ended = new Promise<never>((_resolve, reject) => end.signal.addEventListener('abort', () => reject(end.signal.reason)))
  ended.catch(() => undefined) // not everybody waits for it
  const released = new WeakSet<Channel>()

  function fail(reason: unknown): void {
    end.abort(reason)
  }
  model.on('error', fail)
  model.on('close', (error) => fail(error ?? new Error('The connection was closed.')))

  function watch<C extends Channel>(channel: C): C {
    channel.on('error', fail)
    channel.on('close', () => {
      // When the whole connection closes, its own reason comes right after this.
      queueMicrotask(() => {
        if (!released.has(channel)) fail(new Error('A channel was closed.'))
      })
    })
    return channel
  }

  return {
    model,
    lost: end.signal,
    ended,
    fail,
    openChannel: async () => watch(await model.createChannel()),
    openConfirmChannel: async () => watch(await model.createConfirmChannel()),
    async closeChannel(channel) {
      released.add(channel)
      await channel.close()
    },
    async close() {
      fail(new Error('The connection was closed.'))
      await withTimeout(model.close(), CLOSE_TIMEOUT_MS, 'RabbitMQ did not close the connection').catch(() => undefined)
      destroy()
    },
  }
}
