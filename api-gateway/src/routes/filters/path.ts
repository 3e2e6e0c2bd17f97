import { namedArguments, parseWhole, requiredArguments } from '../arguments.ts'
import { compileReplaceAll } from '../java-regex.ts'
import { compileTemplate } from '../template.ts'
import type { FilterFactory } from './filter.ts'

/** `StripPrefix=2`: drops the first segments (default 1); empty segments do not count. */
export const stripPrefix: FilterFactory = (component) => {
  const parts = parseWhole(namedArguments(component, ['parts']).get('parts') ?? '1', 1)
  return {
    rewritePath: (path) => {
      const kept = path
        .split('/')
        .filter((segment) => segment !== '')
        .slice(parts)
      return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
    },
  }
}

/** `RewritePath=/api/(?<rest>.*), /$\{rest}`: replaces every match in the raw path, in Java's notation. */
export const rewritePath: FilterFactory = (component) => {
  const { regexp, replacement } = requiredArguments(component, ['regexp', 'replacement'])
  return { rewritePath: compileReplaceAll(regexp, replacement) }
}

/** `SetPath=/{segment}`: replaces the path; inserted variables are encoded, so that one can never add a segment. */
export const setPath: FilterFactory = (component) => {
  const { template } = requiredArguments(component, ['template'])
  if (!template.startsWith('/')) throw new Error('argument "template" must begin with /')
  const fill = compileTemplate(template)
  // The value of {*rest} begins with a slash and keeps its slashes; no other value can begin with one.
  const encode = (value: string) => (value.startsWith('/') ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value))
  return { rewritePath: (_path, variables) => fill(variables, encode) }
}
