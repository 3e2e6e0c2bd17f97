import { Presets, SingleBar } from 'cli-progress'

/** One stretch of work being done. */
export interface ProgressBar {
  /** `note` is free text beside the bar. */
  update(done: number, note?: string): void
  end(): void
}

export interface Progress {
  phase(title: string, total: number): ProgressBar
}

const PLAIN_LINE_MS = 5_000

/** Shows progress on `stream`: a bar on a terminal, elsewhere a plain line every 5 s and at the end. */
export function createProgress(stream: NodeJS.WritableStream & { isTTY?: boolean }): Progress {
  return { phase: (title, total) => (stream.isTTY ? drawnBar(stream, title, total) : plainBar(stream, title, total)) }
}

function drawnBar(stream: NodeJS.WritableStream, title: string, total: number): ProgressBar {
  const format = `${title.padEnd(10)} {bar} {value}/{total} {note}`
  // Ctrl-C is the command's own business, so the bar must not handle it.
  const bar = new SingleBar({ format, stream, barsize: 24, hideCursor: true, gracefulExit: false }, Presets.shades_classic)
  bar.start(total, 0, { note: '' })
  return {
    update: (done, note) => bar.update(done, note === undefined ? {} : { note }),
    end: () => bar.stop(),
  }
}

function plainBar(stream: NodeJS.WritableStream, title: string, total: number): ProgressBar {
  let printedAtMs = performance.now()
  let latest = ''
  const print = () => stream.write(latest)
  return {
    update(done, note) {
      latest = `${title}: ${done} of ${total}${note ? `, ${note}` : ''}\n`
      if (performance.now() - printedAtMs < PLAIN_LINE_MS) return
      printedAtMs = performance.now()
      print()
    },
    end: print,
  }
}
