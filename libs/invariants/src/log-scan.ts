import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { OffenderRow } from './rule.ts'
import { passesLuhn } from './secret-rules.ts'

/** What no line of a log may hold: payment tokens, access tokens, addresses with passwords. */
const SECRETS: readonly { what: string; pattern: RegExp }[] = [
  { what: 'a payment token', pattern: /tok_[a-z0-9_]{1,60}/ },
  { what: 'an access token', pattern: /eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\./ },
  { what: 'an address with a password', pattern: /:\/\/[^\s/:@"']+:(?!\*+@)[^\s/@"']+@/ },
]
const CARD_NUMBER = /(?<![0-9A-Za-z.-])[3-6](?:[0-9]{12,18}|[0-9]{3}(?:[ -][0-9]{4}){3})(?![0-9A-Za-z-])/g
const MAX_LINE = 65_536

/** Lines of the folder's log files (`*.log`, `*.log.1` ...) that hold a secret; none when there is no such folder. At most `limit`. */
export async function scanLogs(folder: string, limit: number): Promise<OffenderRow[]> {
  const found: OffenderRow[] = []
  if (!existsSync(folder)) return found
  for (const name of readdirSync(folder).filter((file) => /\.log(\.\d+)?$/.test(file))) {
    let number = 0
    for await (const line of linesOf(join(folder, name))) {
      number += 1
      const what = secretIn(line)
      if (what !== undefined) found.push({ place: name, line: number, what })
      if (found.length >= limit) return found
    }
  }
  return found
}

function secretIn(line: string): string | undefined {
  for (const { what, pattern } of SECRETS) if (pattern.test(line)) return what
  for (const [digits] of line.matchAll(CARD_NUMBER)) if (passesLuhn(digits)) return 'a card number'
  return undefined
}

/** Lines of a file that may be growing. A line beyond 64 KB comes in pieces. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 262_144 })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > MAX_LINE) {
      yield rest
      rest = ''
    }
  }
  if (rest) yield rest
}
