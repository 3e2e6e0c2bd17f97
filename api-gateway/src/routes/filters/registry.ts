import type { FilterFactory } from './filter.ts'
import { addRequestHeader, addResponseHeader } from './headers.ts'
import { rewritePath, setPath, stripPrefix } from './path.ts'
import { requestSize } from './request-size.ts'

/** Every filter there is, by the name that configuration uses. */
export const FILTERS: ReadonlyMap<string, FilterFactory> = new Map([
  ['StripPrefix', stripPrefix],
  ['RewritePath', rewritePath],
  ['SetPath', setPath],
  ['AddRequestHeader', addRequestHeader],
  ['AddResponseHeader', addResponseHeader],
  ['RequestSize', requestSize],
])
