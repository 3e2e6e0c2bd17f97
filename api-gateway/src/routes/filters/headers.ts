import { namedArguments, requiredArguments } from '../arguments.ts'
import type { Component } from '../definition.ts'
import { compileTemplate } from '../template.ts'
import type { FilterFactory, HeaderAddition } from './filter.ts'

// Framing, connection and identity are the gateway's own.
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** `AddRequestHeader=X-Channel, web-{segment}`: one more line of the header goes upstream. */
export const addRequestHeader: FilterFactory = (component) => {
  return { addRequestHeader: headerAddition(requiredArguments(component, ['name', 'value'])) }
}

/**
 * `AddResponseHeader=X-Served-By, shop`: one more line of the header goes to the client.
 * Errors: `override: false` is not supported yet.
 */
export const addResponseHeader: FilterFactory = (component) => {
  const values = namedArguments(component, ['name', 'value', 'override'])
  if (values.get('override') === 'false') throw new Error('argument "override" can only be true')
  return { addResponseHeader: headerAddition(requiredArguments(withoutOverride(component), ['name', 'value'])) }
}

function withoutOverride(component: Component): Component {
  const named = Object.entries(component.named).filter(([key]) => key !== 'override')
  return { ...component, positional: component.positional.slice(0, 2), named: Object.fromEntries(named) }
}

function headerAddition({ name, value }: { name: string; value: string }): HeaderAddition {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw new Error(`"${name}" is no name of a header`)
  if (OWN_HEADERS.has(name.toLowerCase())) throw new Error(`the header ${name} is the gateway's own and cannot be set by a filter`)
  if (!isPlain(value)) throw new Error(`the value of ${name} must be plain ASCII`)
  const fill = compileTemplate(value)
  // Variables come decoded from the path: whatever is not plain text is encoded again.
  return { name: name.toLowerCase(), value: (variables) => fill(variables, (text) => (isPlain(text) ? text : encodeURIComponent(text))) }
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
