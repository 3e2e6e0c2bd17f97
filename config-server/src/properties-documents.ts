import { type ConfigDocument, ConfigFileError, MAX_PROPERTIES_PER_FILE } from './document.ts'

const ESCAPES: Record<string, string> = { t: '\t', r: '\r', n: '\n', f: '\f' }

/**
 * Reads the documents of a `.properties` file as Spring Boot does; a line `#---` or `!---` starts the next document.
 * Every value is text. `text` must have been decoded as ISO-8859-1. Errors: ConfigFileError with the line.
 */
export function parsePropertiesDocuments(fileName: string, text: string): ConfigDocument[] {
  const documents: Map<string, string>[] = [new Map()]
  let count = 0
  for (const { line, number } of logicalLines(text)) {
    if (line === undefined) {
      documents.push(new Map())
      continue
    }
    const { key, value } = splitLine(line)
    const where = (reason: string) => new ConfigFileError(fileName, number, reason)
    if (++count > MAX_PROPERTIES_PER_FILE) throw where(`has more than ${MAX_PROPERTIES_PER_FILE} settings`)
    const name = unescapeText(key, where)
    if (name !== '') putProperty(documents.at(-1) ?? new Map(), name, unescapeText(value, where))
  }
  return documents.filter((document) => document.size > 0).map((document) => [...document].map(([key, json]) => ({ key, json })))
}

/** Lines without comments, continuations joined; a line that separates documents has no text. */
function* logicalLines(text: string): Generator<{ line: string | undefined; number: number }> {
  const lines = text.split(/\r\n|\r|\n/)
  for (let index = 0; index < lines.length; index++) {
    const number = index + 1
    const raw = lines[index] ?? ''
    if (isSeparator(raw, lines[index - 1])) {
      yield { line: undefined, number }
      continue
    }
    let line = raw.replace(/^[ \t\f]+/, '')
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
    while (endsInContinuation(line) && index + 1 < lines.length) {
      index++
      line = line.slice(0, -1) + (lines[index] ?? '').replace(/^[ \t\f]+/, '')
    }
    yield { line: endsInContinuation(line) ? line.slice(0, -1) : line, number }
  }
}

function isSeparator(line: string, previous: string | undefined): boolean {
  return /^[#!]---[ \t\f]*$/.test(line) && !previous?.startsWith(line.charAt(0))
}

function endsInContinuation(line: string): boolean {
  return (/\\+$/.exec(line)?.[0].length ?? 0) % 2 === 1
}

function splitLine(line: string): { key: string; value: string } {
  const match = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)$/s.exec(line)
  return { key: match?.[1] ?? line, value: match?.[2] ?? '' }
}

function unescapeText(text: string, refuse: (reason: string) => ConfigFileError): string {
  return text.replace(/\\(?:u(.{0,4})|(.))/gs, (_match, code: string | undefined, letter: string | undefined) => {
    if (code === undefined) return letter === undefined ? '' : (ESCAPES[letter] ?? letter)
    if (!/^[0-9a-fA-F]{4}$/.test(code)) throw refuse('has a \\u escape without four hexadecimal digits')
    return String.fromCharCode(Number.parseInt(code, 16))
  })
}

/** `key[]=a,b` stands for `key[0]=a` and `key[1]=b`. */
function putProperty(document: Map<string, string>, key: string, value: string): void {
  if (!key.endsWith('[]')) {
    document.set(key, JSON.stringify(value))
    return
  }
  value.split(',').forEach((item, index) => {
    document.set(`${key.slice(0, -2)}[${index}]`, JSON.stringify(item))
  })
}
