import { CLIENT_OPTIONS, type ClientOptions, type ClientSettings } from './client-options.ts'
import { completeInstance, INSTANCE_OPTIONS, type InstanceOptions, type InstanceSettings } from './instance-options.ts'
import { resolveGroup } from './option-checks.ts'

/**
 * The settings of the client with Spring's defaults.
 * Errors: one plain Error that names every option that is unknown or bad and says how to mend it.
 */
export function resolveClientOptions(given: ClientOptions | undefined): ClientSettings {
  return resolved(resolveGroup('client', CLIENT_OPTIONS, given))
}

/** The settings of the instance, complete. `changes` are laid over `given`. Errors: as with the client's. */
export function resolveInstanceOptions(given: InstanceOptions | undefined, changes?: InstanceOptions): InstanceSettings {
  const both = changes === undefined ? given : { ...given, ...definedIn(changes) }
  return completeInstance(resolved(resolveGroup('instance', INSTANCE_OPTIONS, both)))
}

/** Checks both groups and the names beside them. Errors: one plain Error with all problems. */
export function checkOptions(given: object, otherNames: readonly string[]): void {
  const known = ['client', 'instance', ...otherNames]
  const { client, instance } = given as { client?: unknown; instance?: unknown } // groups are checked below
  throwAll([
    ...Object.keys(given)
      .filter((each) => !known.includes(each))
      .map((each) => `${each} is no option; there are ${known.join(', ')}.`),
    ...resolveGroup('client', CLIENT_OPTIONS, client).problems,
    ...resolveGroup('instance', INSTANCE_OPTIONS, instance).problems,
  ])
}

function definedIn(options: InstanceOptions): InstanceOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function resolved<T>({ settings, problems }: { settings: T; problems: string[] }): T {
  throwAll(problems)
  return settings
}

function throwAll(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`The Eureka client cannot use its options: ${problems.join(' ')}`)
}
