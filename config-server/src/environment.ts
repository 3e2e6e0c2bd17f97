import { type ConfigDocument, ConfigFileError, textAt } from './document.ts'
import { profileExpressionHolds } from './profile-expression.ts'
import type { EnvironmentRequest } from './request-names.ts'

/** A file that was found, with its non-empty documents. */
export interface ConfigFile {
  fileName: string
  documents: readonly ConfigDocument[]
}

/** A named set of settings in an answer. */
export interface PropertySource {
  name: string
  document: ConfigDocument
}

const COMMON_STEM = 'application'
const EXTENSIONS_STRONGEST_FIRST = ['properties', 'yml', 'yaml']
const ACTIVATION_KEY = /^spring\.config\.activate\.(?:on-profile|onProfile)(?:\[\d+\])?$/

/**
 * The names of the files that could hold settings for a request, strongest first: all of a later profile before an
 * earlier one, files for a profile before files for none, the application's own before `application`.
 */
export function candidateFileNames({ applications, profiles }: EnvironmentRequest): string[] {
  const stems = [...new Set([COMMON_STEM, ...applications])].reverse()
  const suffixes = [...[...new Set(profiles)].reverse().map((profile) => `-${profile}`), '']
  return suffixes.flatMap((suffix) =>
    stems.flatMap((stem) => EXTENSIONS_STRONGEST_FIRST.map((extension) => `${stem}${suffix}.${extension}`)),
  )
}

/**
 * The property sources of an answer, strongest first, from the files that were found (in the order of
 * `candidateFileNames`). Each document of a file is a source of its own, the last one the strongest; a document for other
 * profiles is left out. `folder` is the absolute path that Spring puts into the names; Java clients look into the names
 * for `-<profile>.`. Errors: ConfigFileError.
 */
export function propertySourcesOf(files: readonly ConfigFile[], { profiles }: EnvironmentRequest, folder: string): PropertySource[] {
  const active = new Set(profiles)
  return files.flatMap(({ fileName, documents }) =>
    documents
      .map((document, index) => ({ document, name: sourceName(folder, fileName, documents.length > 1 ? index : undefined) }))
      .filter(({ document }) => isActive(document, active, fileName))
      .reverse(),
  )
}

function sourceName(folder: string, fileName: string, documentIndex: number | undefined): string {
  if (documentIndex === undefined) return `file:${folder}/${fileName}`
  // The bracket that is never closed is Spring's, and the name is part of its protocol.
  return `file:${folder}/Config resource 'file [${folder}/${fileName}' via location '' (document #${documentIndex})`
}

function isActive(document: ConfigDocument, active: ReadonlySet<string>, fileName: string): boolean {
  const expressions = document.filter(({ key }) => ACTIVATION_KEY.test(key)).flatMap(({ key }) => textAt(document, key)?.split(',') ?? [])
  if (expressions.length === 0) return true
  try {
    return expressions.some((expression) => profileExpressionHolds(expression, active))
  } catch (error) {
    throw new ConfigFileError(fileName, undefined, error instanceof Error ? error.message : String(error))
  }
}

/** Spring's Environment JSON. `version` is the commit, null when the folder is not in a Git checkout. */
export function environmentJson(request: EnvironmentRequest, sources: readonly PropertySource[], version: string | null): string {
  const head = { name: request.name, profiles: [request.profile], label: request.label, version, state: version === null ? null : '' }
  const propertySources = sources.map(({ name, document }) => `{"name":${JSON.stringify(name)},"source":${sourceJson(document)}}`)
  return `${JSON.stringify(head).slice(0, -1)},"propertySources":[${propertySources.join(',')}]}`
}

// Put together as text: a JavaScript object would lose the form of numbers and move keys that are numbers to the front.
function sourceJson(document: ConfigDocument): string {
  return `{${document.map(({ key, json }) => `${JSON.stringify(key)}:${json}`).join(',')}}`
}
