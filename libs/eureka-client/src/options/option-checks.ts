/** What is wrong with an option's value, as the end of a sentence ("must be ..."); undefined when it is good. */
export type Check = (value: unknown) => string | undefined

/** One group of options: for each name its default and what its value must be. */
export type OptionTable<T> = { readonly [K in keyof T]: { fallback: T[K]; check: Check } }

/** The longest time that Node's timers take, in seconds. */
const MAX_SECONDS = 2_147_483

/** Lays given options over the defaults. `problems` says of each that is unknown or bad how to mend it. */
export function resolveGroup<T extends object>(group: string, table: OptionTable<T>, given: unknown): { settings: T; problems: string[] } {
  const settings: Record<string, unknown> = {}
  for (const name of namesIn(table)) settings[name] = table[name].fallback
  if (given === undefined) return { settings: settings as T, problems: [] } // every name of T is in the table
  if (!isRecord(given)) return { settings: settings as T, problems: [`${group} must be an object of options.`] }
  const problems: string[] = []
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const problem = problemWith(group, table, name, value)
    if (problem === undefined) settings[name] = value
    else problems.push(problem)
  }
  return { settings: settings as T, problems }
}

function problemWith<T extends object>(group: string, table: OptionTable<T>, name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(table, name)) {
    const near = nearestName(name, namesIn(table))
    return `${group}.${name} is no option; ${near === undefined ? 'leave it out.' : `did you mean ${group}.${near}?`}`
  }
  const problem = table[name as keyof T].check(value)
  return problem === undefined ? undefined : `${group}.${name} ${problem}.`
}

function namesIn<T extends object>(table: OptionTable<T>): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[] // a table has no other members
}

export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : `must be true or false, not ${shown(value)}`)

export const seconds: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= MAX_SECONDS
    ? undefined
    : `must be a number of seconds above 0 and at most ${MAX_SECONDS}, not ${shown(value)}`

export const text: Check = (value) => (typeof value === 'string' ? undefined : `must be text, not ${shown(value)}`)

export const name: Check = (value) => (typeof value === 'string' && value.trim() !== '' ? undefined : `must be a name, not ${shown(value)}`)

export const port: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
    ? undefined
    : `must be a port from 1 to 65535, not ${shown(value)}`

export function oneOf(...allowed: readonly (string | boolean)[]): Check {
  return (value) =>
    allowed.includes(value as string) ? undefined : `must be one of ${allowed.map((each) => shown(each)).join(', ')}, not ${shown(value)}`
}

export const textMap: Check = (value) =>
  isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string')
    ? undefined
    : 'must be an object whose values are text'

/** An object whose values are lists: an array of texts, or one text with commas. */
export const listMap: Check = (value) =>
  isRecord(value) && Object.values(value).every(isList) ? undefined : 'must be an object of lists (arrays, or text with commas)'

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of a list that is an array or a text with commas. */
export function listOf(list: string | readonly string[]): string[] {
  return (typeof list === 'string' ? list.split(',') : list).map((each) => each.trim()).filter((each) => each !== '')
}

function isList(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** The name that was probably meant: the same letters in other case or form, or at most 3 letters off. */
function nearestName<N extends string>(wrong: string, names: readonly N[]): N | undefined {
  const [best] = names
    .map((each) => ({ each, off: lettersOff(plain(wrong), plain(each)) }))
    .filter(({ off }) => off <= 3)
    .sort((one, other) => one.off - other.off)
  return best?.each
}

/** A name without case, dashes and underscores: Spring's relaxed form. */
export function plain(optionName: string): string {
  return optionName.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** How many letters must be put in, taken out or changed to make one word of the other. */
function lettersOff(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const change = (above[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1)
      current.push(Math.min(change, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    above = current
  }
  return above[other.length] ?? 0
}
