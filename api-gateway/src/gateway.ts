import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { sendRefusal } from './answer.ts'
import type { Authentication } from './authentication.ts'
import { type Call, checkRequest, openCall } from './call.ts'
import { checkHandshake } from './handshake.ts'
import { CLIENT_GONE, type Observation } from './observation.ts'
import type { HttpProxy } from './proxy.ts'
import { badRequest, noRoute, Refusal } from './refusal.ts'
import { pathFault } from './request-target.ts'
import type { RouteMatch, RouteTable } from './routes/route-table.ts'
import { refuseUpgrade, type Tunnel } from './tunnel.ts'
import type { WebApp } from './web-app.ts'

export interface GatewayParts {
  routes: RouteTable
  authentication: Authentication
  proxy: HttpProxy
  tunnel: Tunnel
  webApp: WebApp
  observation: Observation
}

/** What the public server hears. */
export interface Gateway {
  onRequest(request: IncomingMessage, response: ServerResponse): void
  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void
}

/** Makes the gateway's two doors, HTTP and WebSocket: check, match a route, authenticate, pass on. */
export function createGateway(parts: GatewayParts): Gateway {
  const { routes, authentication, proxy, tunnel, webApp, observation } = parts

  function serve(call: Call, response: ServerResponse): void {
    checkRequest(call)
    const match = routes.match(call)
    if (match) serveRoute(call, match, response)
    else serveWebApp(call, response)
  }

  function serveRoute(call: Call, match: RouteMatch, response: ServerResponse): void {
    call.match = match
    if (match.route.target.isSocket) throw socketOnly()
    const checking = authentication.authenticate(call, match.route)
    if (!checking) forward(call, match, response)
    else checking.then(() => forward(call, match, response)).catch((error: unknown) => sendRefusal(call, response, error))
  }

  function forward(call: Call, match: RouteMatch, response: ServerResponse): void {
    if (response.destroyed) return
    rewritePath(call, match)
    proxy.forward(call, match, response)
  }

  function serveWebApp(call: Call, response: ServerResponse): void {
    const [first] = call.segments
    const isPage = (call.method === 'GET' || call.method === 'HEAD') && first !== 'api' && first !== 'ws'
    if (!isPage) throw noRoute(call.method, call.path)
    webApp.serve(call, response)
  }

  async function serveSocket(call: Call, socket: Socket, head: Buffer): Promise<void> {
    checkRequest(call)
    const match = routes.match(call)
    if (!match) throw noRoute(call.method, call.path)
    call.match = match
    if (!match.route.target.isSocket) throw badRequest('not-a-socket', `${call.path} takes requests, not WebSockets.`)
    checkHandshake(call)
    if (head.length > 0) throw badRequest('bad-handshake', 'Nothing may be sent before the handshake is answered.')
    await authentication.authenticate(call, match.route)
    if (socket.destroyed) return
    rewritePath(call, match)
    tunnel.open(call, match, socket, {
      onHandshake: (status) => observation.onRequestEnd(call, status),
      onEnd: (end) => observation.onSocketEnd(call, end),
    })
  }

  return {
    onRequest(request, response) {
      const call = openCall(request)
      response.on('error', ignore) // its 'close' follows and is what counts
      response.on('close', () => {
        call.exchange?.cut()
        observation.onRequestEnd(call, response.writableFinished ? response.statusCode : CLIENT_GONE)
      })
      try {
        serve(call, response)
      } catch (error) {
        sendRefusal(call, response, error)
      }
    },
    onUpgrade(request, socket, head) {
      const call = openCall(request)
      serveSocket(call, socket, head).catch((error: unknown) => {
        const status = refuseUpgrade(call, socket, error)
        observation.onRequestEnd(call, status)
      })
    },
  }
}

function ignore(): void {}

/** The path for the upstream. What a filter made of the client's path must be as safe as what came in. */
function rewritePath(call: Call, { route, variables }: RouteMatch): void {
  if (route.pathRewrites.length === 0) return
  let { path } = call
  for (const rewrite of route.pathRewrites) path = rewrite(path, variables)
  const fault = pathFault(path)
  if (fault !== undefined) throw badRequest('bad-path', `The path has ${fault}.`)
  call.path = path
}

function socketOnly(): Refusal {
  return new Refusal(426, 'websocket-only', 'Only WebSockets are served here.', { headers: { upgrade: 'websocket' } })
}
