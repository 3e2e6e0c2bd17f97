/** Times in ms of this process's monotonic clock; only what is due from `fromMs` up to `toMs` is measured. */
export interface Window {
  fromMs: number
  toMs: number
}

/** From this process's clock to the system's monotonic one, which profiles use. */
export function onSystemClock({ fromMs, toMs }: Window): Window {
  const offsetMs = Number(process.hrtime.bigint()) / 1_000_000 - performance.now()
  return { fromMs: fromMs + offsetMs, toMs: toMs + offsetMs }
}
