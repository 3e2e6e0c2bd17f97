/** A part of the registry that somebody may see. */
export interface Scope {
  /** The same for every scope that holds the same applications. */
  readonly key: string
  /** Whether the application, named in upper case, is in it. */
  includes(app: string): boolean
}
