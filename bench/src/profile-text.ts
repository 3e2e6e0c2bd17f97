import type { ThreadProfile } from './profile.ts'
import { table } from './table.ts'

// A thread that did less has nothing to tell.
const SHOWN_ABOVE = 0.02

/** Where the threads that were busy spent their time, a text for each. */
export function profileTexts(threads: readonly ThreadProfile[]): string[] {
  return threads.filter(({ busy }) => busy > SHOWN_ABOVE).map(profileText)
}

function profileText({ process, thread, busy, packages, functions }: ThreadProfile): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const rows = (of: ThreadProfile['packages']) => table(of.map(({ name, share }) => [`  ${name}`, percent(share)]))
  const title = `${process}${thread === 0 ? '' : `, thread ${thread}`}, busy ${percent(busy)} of the time`
  return `${title}; self time by package\n${rows(packages)}  by function\n${rows(functions)}`
}
