export interface JobQueueOptions<Job> {
  maxRunning: number
  maxWaiting: number
  /** Never rejects. */
  run: (job: Job) => Promise<void>
}

export type JobQueue<Job extends { id: string }> = ReturnType<typeof createJobQueue<Job>>

/** Runs jobs in the order of their arrival, so many at the same time; one with an id that is waiting or running is left out. */
export function createJobQueue<Job extends { id: string }>({ maxRunning, maxWaiting, run }: JobQueueOptions<Job>) {
  const known = new Set<string>()
  const waiting: Job[] = []
  let running = 0
  let isStopped = false
  let onIdle: () => void = () => undefined

  /** Takes jobs, as many as there is room for. */
  function add(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (waiting.length >= maxWaiting || known.has(job.id)) continue
      known.add(job.id)
      waiting.push(job)
    }
    pump()
  }

  function pump(): void {
    while (!isStopped && running < maxRunning) {
      const job = waiting.shift()
      if (!job) return
      running += 1
      void run(job).finally(() => {
        running -= 1
        known.delete(job.id)
        if (running === 0) onIdle()
        pump()
      })
    }
  }

  return {
    add,
    /** How many more may wait. */
    room: () => maxWaiting - waiting.length,
    /** Begins no more jobs, waits for those that run, and answers those that wait. */
    async stop(): Promise<Job[]> {
      isStopped = true
      if (running > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
      }
      return waiting.splice(0)
    },
  }
}
