import type { Variables } from './path-pattern.ts'
import type { RoutableRequest } from './predicates/predicate.ts'
import type { Route } from './route.ts'

export interface RouteMatch {
  route: Route
  variables: Variables
}

export interface RouteTable {
  /** The first route, in the given order, whose predicates all hold. */
  match(request: RoutableRequest): RouteMatch | undefined
}

interface Ranked {
  rank: number
  route: Route
}

interface Node {
  children: Map<string, Node>
  /** Routes that a path which comes this far may match, in order: those of this beginning and of all shorter ones. */
  candidates: Ranked[]
}

/**
 * Indexes the routes by the literal beginning of their paths, so that the cost of a match does not grow with their number.
 * The index only ever offers too many candidates; the predicates decide.
 */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const root: Node = { children: new Map(), candidates: [] }
  routes.forEach((route, rank) => {
    for (const prefix of route.prefixes) nodeAt(root, prefix).candidates.push({ rank, route })
  })
  inherit(root, [])

  return {
    match(request) {
      for (const { route } of deepestNode(root, request.segments).candidates) {
        const variables: Variables = {} // of its own for each try: a route that does not match must leave nothing behind
        if (route.predicates.every((matches) => matches(request, variables))) return { route, variables }
      }
      return undefined
    },
  }
}

function nodeAt(root: Node, prefix: readonly string[]): Node {
  let node = root
  for (const segment of prefix) {
    let child = node.children.get(segment)
    if (!child) {
      child = { children: new Map(), candidates: [] }
      node.children.set(segment, child)
    }
    node = child
  }
  return node
}

function inherit(node: Node, inherited: readonly Ranked[]): void {
  const all = new Map([...inherited, ...node.candidates].map((ranked) => [ranked.rank, ranked]))
  node.candidates = [...all.values()].sort((a, b) => a.rank - b.rank)
  for (const child of node.children.values()) inherit(child, node.candidates)
}

function deepestNode(root: Node, segments: readonly string[]): Node {
  let node = root
  for (const segment of segments) {
    const child = node.children.get(segment)
    if (!child) return node
    node = child
  }
  return node
}
