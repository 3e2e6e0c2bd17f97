import { AppError } from '@order-flow/service-kit'

/** What the work answers, unless the signal comes first: then it rejects with `unavailable`, and the work is left alone. */
export async function orAborted<T>(work: Promise<T>, aborted: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined
  const interrupted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new AppError('unavailable', 'The message queue is closed.'))
    if (aborted.aborted) stop()
    else aborted.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, interrupted])
  } finally {
    aborted.removeEventListener('abort', stop)
  }
}
