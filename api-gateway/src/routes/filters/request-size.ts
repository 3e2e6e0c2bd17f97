import { parseBytes, requiredArguments } from '../arguments.ts'
import type { FilterFactory } from './filter.ts'

/** `RequestSize=1MB`: the largest request body of the route, counted also when it comes without a Content-Length. */
export const requestSize: FilterFactory = (component) => {
  const maxBodyBytes = parseBytes(requiredArguments(component, ['maxSize']).maxSize)
  if (maxBodyBytes === 0) throw new Error('argument "maxSize" must be above 0')
  return { maxBodyBytes }
}
