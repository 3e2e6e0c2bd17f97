import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EXIT, Failure } from './command.ts'

/** Wrong use of `command` (as typed, e.g. `npm run replay`): exit code 2 and where to read about the options. */
export function wrongUse(command: string, trouble: string): Failure {
  const [sentence = ''] = trouble.split(/\.(?:\s|$)/)
  return new Failure(EXIT.badInput, `${sentence}${sentence.endsWith('?') ? '' : '.'} \`${command} -- --help\` shows the options.`)
}

/** A whole number of at least 1. */
export function wholeNumber(command: string, option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw wrongUse(command, `${option} takes a whole number above 0, not "${text}"`)
}

/** A number above 0. */
export function positiveNumber(command: string, option: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw wrongUse(command, `${option} takes a number above 0, not "${text}"`)
}

/** The origin of an `http://` or `https://` address. */
export function httpUrl(command: string, option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  throw wrongUse(command, `${option} takes an address like http://127.0.0.1:8080, not "${text}"`)
}

/** Refuses a file that could not be written at the end, before anything is done. */
export async function checkWritable(path: string): Promise<void> {
  const folderIsWritable = await access(dirname(path), constants.W_OK).then(
    () => true,
    () => false,
  )
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (folderIsWritable && !isFolder) return
  throw new Failure(EXIT.badInput, `${path} cannot be written. Nothing was changed.`)
}
