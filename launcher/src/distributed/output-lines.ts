/** Where the lines of all processes go. */
export interface OutputSink {
  /** Whole lines for the log. */
  write(lines: string): void
  /** One line for the terminal. */
  print(line: string): void
}

const MAX_LINE_CHARACTERS = 1_000_000
const PRINTED_PER_SECOND = 10

/**
 * Takes what a process prints, in pieces, and puts its name before every line. Errors (pino's, and whatever is on
 * stderr) also go to the terminal, short, ten a second at most.
 */
export function createOutputLines(name: string, sink: OutputSink) {
  const rests = { stdout: '', stderr: '' }
  const print = createPrinter(name, sink)

  function take(stream: 'stdout' | 'stderr', text: string): void {
    const end = text.lastIndexOf('\n')
    if (end < 0 && rests[stream].length + text.length < MAX_LINE_CHARACTERS) {
      rests[stream] += text
      return
    }
    const cut = end < 0 ? text.length : end
    const lines = rests[stream] + text.slice(0, cut)
    rests[stream] = text.slice(cut + 1)
    put(stream, lines)
  }

  function put(stream: 'stdout' | 'stderr', lines: string): void {
    sink.write(`[${name}] ${lines.replaceAll('\n', `\n[${name}] `)}\n`)
    if (stream === 'stderr') for (const line of lines.split('\n')) print(line)
    else if (ERROR_LINE.test(lines)) for (const line of lines.split('\n')) if (ERROR_LINE.test(line)) print(shorten(line))
  }

  return {
    take,
    /** Puts out what came without an end of line. */
    flush(): void {
      for (const stream of ['stdout', 'stderr'] as const) {
        if (rests[stream] !== '') put(stream, rests[stream])
        rests[stream] = ''
      }
    },
  }
}

const ERROR_LINE = /^\{"level":"(error|fatal)"/m

/** pino's line as a person reads it. */
function shorten(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } } // pino's own format; anything else reads as text
    return `${msg}${err?.message ? `: ${err.message}` : ''}`
  } catch {
    return line
  }
}

function createPrinter(name: string, sink: OutputSink): (line: string) => void {
  let second = 0
  let printed = 0
  return (line) => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      if (printed > PRINTED_PER_SECOND) sink.print(`[${name}] ... ${printed - PRINTED_PER_SECOND} more lines like these are in the log`)
      second = now
      printed = 0
    }
    printed += 1
    if (printed <= PRINTED_PER_SECOND) sink.print(`[${name}] ${line}`)
  }
}
