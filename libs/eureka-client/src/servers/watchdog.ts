/** Ends a request that takes too long. */
export interface Watchdog {
  /** Aborted when time is over, or with the parent. */
  signal: AbortSignal
  /** Something came: silence is counted from now, up to `silenceMs` from now on. */
  fed(silenceMs?: number): void
  /** Ends the watch; call it when the request is over. */
  end(): void
}

export interface WatchdogOptions {
  /** The longest silence. */
  silenceMs: number
  /** The longest time in all. Default: no limit. */
  totalMs?: number
  parent?: AbortSignal | undefined
}

// Made by hand, not with AbortSignal.any: on Node 20 and 22 that keeps a trace of every request in a long-lived parent.
export function createWatchdog({ silenceMs, totalMs, parent }: WatchdogOptions): Watchdog {
  const controller = new AbortController()
  const bark = () => controller.abort(new DOMException('no answer in time', 'TimeoutError'))
  const onParent = () => controller.abort(parent?.reason)
  let silence = setTimeout(bark, silenceMs)
  let silenceNowMs = silenceMs
  const total = totalMs === undefined ? undefined : setTimeout(bark, totalMs)
  if (parent?.aborted) onParent()
  parent?.addEventListener('abort', onParent)

  return {
    signal: controller.signal,
    fed(nextSilenceMs = silenceNowMs) {
      if (nextSilenceMs === silenceNowMs) return void silence.refresh()
      clearTimeout(silence)
      silenceNowMs = nextSilenceMs
      silence = setTimeout(bark, silenceNowMs)
    },
    end() {
      clearTimeout(silence)
      clearTimeout(total)
      parent?.removeEventListener('abort', onParent)
    },
  }
}
