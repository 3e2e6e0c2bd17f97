/** What a plain (unquoted) YAML scalar is. `json` is the text that goes into the answer. */
export type PlainScalar = { kind: 'text' } | { kind: 'null' | 'boolean' | 'number'; json: string }

const TEXT: PlainScalar = { kind: 'text' }
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/
const OCTAL = /^[-+]?0_*[0-7][0-7_]*$/
const HEXADECIMAL = /^[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*$/
const BINARY = /^[-+]?0b_*[01][01_]*$/
const SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/
const FLOAT = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)$/
const SEXAGESIMAL_FLOAT = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/

/**
 * Reads a plain scalar as Spring Boot does (SnakeYAML, so YAML 1.1, without timestamps). Numbers are answered as text
 * because `3.0` and `12345678901234567890` must reach a Java client as they are, which a JavaScript number cannot carry.
 */
export function readPlainScalar(source: string): PlainScalar {
  if (NULL.test(source)) return { kind: 'null', json: '""' }
  if (TRUE.test(source)) return { kind: 'boolean', json: 'true' }
  if (FALSE.test(source)) return { kind: 'boolean', json: 'false' }
  const json = numberJson(source)
  return json === undefined ? TEXT : { kind: 'number', json }
}

function numberJson(source: string): string | undefined {
  const digits = source.replaceAll('_', '').replace(/^[-+]/, '')
  const negative = source.startsWith('-')
  if (DECIMAL.test(source) || HEXADECIMAL.test(source) || BINARY.test(source)) return integerJson(BigInt(digits), negative)
  if (OCTAL.test(source)) return integerJson(BigInt(`0o${digits}`), negative)
  if (SEXAGESIMAL.test(source)) {
    const value = digits.split(':').reduce((total, part) => total * 60n + BigInt(part), 0n)
    return integerJson(value, negative)
  }
  if (FLOAT.test(source)) return doubleJson(negative ? -Number(digits) : Number(digits))
  if (SEXAGESIMAL_FLOAT.test(source)) {
    const value = digits.split(':').reduce((total, part) => total * 60 + Number(part), 0)
    return doubleJson(negative ? -value : value)
  }
  if (INFINITE.test(source)) return doubleJson(negative ? -Infinity : Infinity)
  return NOT_A_NUMBER.test(source) ? doubleJson(Number.NaN) : undefined
}

function integerJson(magnitude: bigint, negative: boolean): string {
  return String(negative ? -magnitude : magnitude)
}

/** A double as Java's Double.toString writes it; what JSON has no number for becomes a text. */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value))
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [mantissa = '', exponent = ''] = value.toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`
}
