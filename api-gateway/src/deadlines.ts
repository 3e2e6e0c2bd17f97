/**
 * A wait that ends when its time is over, unless it is cleared before. Made by the caller once and used again; all but
 * `onExpired` is kept by Deadlines.
 */
export interface Wait {
  onExpired(): void
  /** The tick in which it ends; 0 while it does not run. */
  dueTick: number
  previous: Wait | undefined
  next: Wait | undefined
}

/** Waits for everything that runs at once, by one timer: setting and clearing one costs no timer of its own. */
export interface Deadlines {
  /** Starts the wait anew; `timeoutMs` is kept to within two ticks. 0 clears it. */
  set(wait: Wait, timeoutMs: number): void
  clear(wait: Wait): void
  close(): void
}

/** Makes a wait that does not run yet. */
export function createWait(onExpired: () => void): Wait {
  return { onExpired, dueTick: 0, previous: undefined, next: undefined }
}

const SLOTS = 1024

/**
 * Makes the waits; `tickMs` is how exact they are. They hang in a wheel of linked lists, so that setting and clearing one
 * allocates nothing.
 */
export function createDeadlines(tickMs = 50): Deadlines {
  const slots: (Wait | undefined)[] = new Array(SLOTS).fill(undefined)
  let timer: NodeJS.Timeout | undefined
  let nextTick = 0
  let count = 0

  function currentTick(): number {
    return Math.floor(performance.now() / tickMs)
  }

  function insert(wait: Wait, dueTick: number): void {
    const slot = dueTick % SLOTS
    const first = slots[slot]
    wait.dueTick = dueTick
    wait.next = first
    if (first) first.previous = wait
    slots[slot] = wait
    count++
  }

  function clear(wait: Wait): void {
    if (wait.dueTick === 0) return
    if (wait.previous) wait.previous.next = wait.next
    else slots[wait.dueTick % SLOTS] = wait.next
    if (wait.next) wait.next.previous = wait.previous
    wait.dueTick = 0
    wait.previous = undefined
    wait.next = undefined
    count--
  }

  function expireDue(): void {
    for (const now = currentTick(); nextTick <= now; nextTick++) {
      for (const wait of dueAt(nextTick)) {
        if (wait.dueTick !== nextTick) continue // cleared by one that ended before it
        clear(wait)
        wait.onExpired()
      }
    }
    if (count === 0) stopTimer()
  }

  // A slot also holds waits of later rounds of the wheel.
  function dueAt(tick: number): Wait[] {
    const due: Wait[] = []
    for (let wait = slots[tick % SLOTS]; wait; wait = wait.next) if (wait.dueTick === tick) due.push(wait)
    return due
  }

  function startTimer(): void {
    if (timer) return
    nextTick = currentTick()
    timer = setInterval(expireDue, tickMs)
    timer.unref()
  }

  function stopTimer(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    set(wait, timeoutMs) {
      clear(wait)
      if (timeoutMs <= 0) return
      startTimer()
      insert(wait, currentTick() + Math.ceil(timeoutMs / tickMs) + 1)
    },
    clear,
    close() {
      stopTimer()
      slots.fill(undefined)
    },
  }
}
