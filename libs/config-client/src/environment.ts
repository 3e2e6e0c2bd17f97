import { pathOf, type Segment, segmentsOf } from './key.ts'

/** What Spring Cloud Config answers for an application and its profiles; the first source is the strongest. */
export interface Environment {
  name: string
  profiles: string[]
  label: string | null
  version: string | null
  state: string | null
  propertySources: PropertySource[]
}

export interface PropertySource {
  name: string
  /** Flat keys (`server.port`, `list[0].name`) with text, numbers and booleans. */
  source: Record<string, unknown>
}

/** One value that won, and the property source it came from. */
export interface Property {
  segments: Segment[]
  value: unknown
  origin: string
}

/** True when a parsed JSON text has the members of an Environment that we read. */
export function isEnvironment(value: unknown): value is Environment {
  if (typeof value !== 'object' || value === null || !('propertySources' in value)) return false
  return Array.isArray(value.propertySources) && value.propertySources.every(isPropertySource)
}

function isPropertySource(value: unknown): value is PropertySource {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('source' in value)) return false
  return typeof value.name === 'string' && typeof value.source === 'object' && value.source !== null
}

/**
 * Lays the sources over each other: the strongest source that has a key wins. A list is taken whole from the strongest
 * source that has any item of it (as Spring Boot binds lists), never merged item by item. Keyed by path.
 */
export function mergeSources(sources: readonly PropertySource[]): Map<string, Property> {
  const merged = new Map<string, Property>()
  const takenBySource = new Map<string, number>()
  sources.forEach(({ name, source }, rank) => {
    for (const [key, value] of Object.entries(source)) {
      const segments = segmentsOf(key)
      const group = groupOf(segments)
      if ((takenBySource.get(group) ?? rank) < rank) continue
      takenBySource.set(group, rank)
      merged.set(pathOf(segments), { segments, value, origin: name })
    }
  })
  return merged
}

/** The list that a key is part of, or the key itself. */
function groupOf(segments: Segment[]): string {
  const index = segments.findIndex((segment) => typeof segment === 'number')
  return pathOf(index < 0 ? segments : segments.slice(0, index))
}
