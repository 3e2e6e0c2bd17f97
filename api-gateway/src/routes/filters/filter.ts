import type { Component } from '../definition.ts'
import type { Variables } from '../path-pattern.ts'

/** Makes the upstream's raw path from the client's. */
export type PathRewrite = (path: string, variables: Variables) => string

/** A header to add; its value may depend on the request. */
export interface HeaderAddition {
  name: string
  value: (variables: Variables) => string
}

/** What a filter changes. A filter sets only what it is about. */
export interface FilterEffect {
  rewritePath?: PathRewrite
  addRequestHeader?: HeaderAddition
  addResponseHeader?: HeaderAddition
  maxBodyBytes?: number
}

/** Compiles a filter's arguments. Errors: a plain Error whose sentence names the argument. */
export type FilterFactory = (component: Component) => FilterEffect
