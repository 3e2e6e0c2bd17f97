import { AppError } from '@order-flow/service-kit'

/** Whose configuration is asked for. Every name in it is safe to be part of a file name. */
export interface EnvironmentRequest {
  /** As asked for, a comma list kept as one text. */
  name: string
  applications: string[]
  /** As asked for. */
  profile: string
  profiles: string[]
  label: string | null
}

const MAX_NAMES = 20
const MAX_NAME_LENGTH = 100
const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}_.+@-]*[\p{L}\p{N}])?$/u
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}_.+@/-]*[\p{L}\p{N}])?$/u

/**
 * Checks the names of a request. What is not made of letters, digits and `- _ . + @` is refused, so is `..`: the names
 * become part of file names, and Spring's own server was left by such names more than once (CVE-2019-3799 and others).
 * Errors: `invalid`.
 */
export function parseEnvironmentRequest(parts: { application: string; profiles: string; label?: string | undefined }): EnvironmentRequest {
  return {
    name: parts.application,
    applications: parseNames('application', parts.application),
    profile: parts.profiles,
    profiles: parseNames('profile', parts.profiles),
    label: parts.label === undefined ? null : parseLabel(parts.label),
  }
}

function parseNames(what: string, list: string): string[] {
  const names = list.split(',')
  if (names.length > MAX_NAMES) throw new AppError('invalid', `A request can name ${MAX_NAMES} ${what}s at most; it names ${names.length}.`)
  for (const name of names) if (!isSafe(name, NAME)) throw refused(what)
  return names
}

/** `(_)` in a label stands for a slash. */
function parseLabel(text: string): string {
  const label = text.replaceAll('(_)', '/')
  if (!isSafe(label, LABEL)) throw refused('label')
  return label
}

function isSafe(name: string, allowed: RegExp): boolean {
  return name.length <= MAX_NAME_LENGTH && allowed.test(name) && !name.includes('..')
}

function refused(what: string): AppError {
  // The name itself is not repeated: it comes from outside and goes to logs and screens.
  return new AppError(
    'invalid',
    `The ${what} is not valid: ${MAX_NAME_LENGTH} letters, digits and - _ . + @ at most, beginning and ending with a letter or digit.`,
  )
}
