/** One setting: its flat key (`servers[0].name`) and its value as JSON text (a string, a number or a boolean). */
export interface Property {
  key: string
  json: string
}

/** One non-empty document of a file: the settings in the order of the file. */
export type ConfigDocument = readonly Property[]

/** A file of the configuration folder that cannot be served. The message names the file and never quotes its values. */
export class ConfigFileError extends Error {
  constructor(fileName: string, line: number | undefined, reason: string) {
    super(`${fileName}${line === undefined ? '' : `, line ${line}`}: ${reason.replace(/\.$/, '')}.`)
    this.name = 'ConfigFileError'
  }
}

/** A file with more settings than this is refused: aliases can make a small YAML file endless. */
export const MAX_PROPERTIES_PER_FILE = 50_000

/** The text at a key, undefined when it is not there or not text. */
export function textAt(document: ConfigDocument, key: string): string | undefined {
  const property = document.find((candidate) => candidate.key === key)
  if (!property) return undefined
  const value: unknown = JSON.parse(property.json)
  return typeof value === 'string' ? value : undefined
}
