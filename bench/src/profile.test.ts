import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { summariseProfile } from './profile.ts'

const ROOT = new URL('../../', import.meta.url).href
const FRAMES = {
  idle: ['(idle)', ''],
  collecting: ['(garbage collector)', ''],
  write: ['writev', ''],
  admit: ['admit', `${ROOT}order-service/src/admission.ts`],
  add: ['add', `${ROOT}libs/messaging/src/outbox.ts`],
  hook: ['hook', `${ROOT}node_modules/fastify/lib/hooks.js`],
  scoped: ['', `${ROOT}node_modules/a/node_modules/@scope/b/index.js`],
  net: ['onread', 'node:internal/net'],
} as const

/** A profile that samples these frames, one every millisecond, from 10 ms on. */
function aProfile(frames: (keyof typeof FRAMES)[]) {
  const names = Object.keys(FRAMES)
  return {
    startTime: 10_000,
    nodes: Object.values(FRAMES).map(([functionName, url], index) => ({ id: index + 1, callFrame: { functionName, url, lineNumber: 6 } })),
    samples: frames.map((frame) => names.indexOf(frame) + 1),
    timeDeltas: frames.map(() => 1000),
  }
}

test('self times are summed by function and by package, as parts of the busy time', () => {
  const profile = aProfile(['admit', 'admit', 'idle', 'idle', 'idle', 'idle', 'add', 'hook'])
  expect(summariseProfile(profile, { fromMs: 10, toMs: 20 })).toEqual({
    busy: 0.4,
    packages: [
      { name: 'order-service', share: 0.5 },
      { name: 'libs/messaging', share: 0.25 },
      { name: 'npm fastify', share: 0.25 },
    ],
    functions: [
      { name: 'admit order-service/src/admission.ts:7', share: 0.5 },
      { name: 'add libs/messaging/src/outbox.ts:7', share: 0.25 },
      { name: 'hook npm fastify/lib/hooks.js:7', share: 0.25 },
    ],
  })
})

test('only what was sampled within the window counts', () => {
  const { functions } = summariseProfile(aProfile(['hook', 'admit', 'add']), { fromMs: 12, toMs: 13 })
  expect(functions).toEqual([{ name: 'admit order-service/src/admission.ts:7', share: 1 }])
})

test('Node, nested packages and native code have names of their own', () => {
  const { packages } = summariseProfile(aProfile(['net', 'scoped', 'write', 'collecting']), { fromMs: 0, toMs: 100 })
  expect(packages.map(({ name }) => name).sort()).toEqual(['(garbage collector)', '(native functions)', 'node net', 'npm @scope/b'])
})

test('a thread that slept all the time was not busy', () => {
  expect(summariseProfile(aProfile(['idle', 'idle']), { fromMs: 0, toMs: 100 })).toEqual({ busy: 0, packages: [], functions: [] })
})

test('code outside of the checkout keeps its path', () => {
  const profile = {
    ...aProfile(['admit']),
    nodes: [{ id: 4, callFrame: { functionName: 'f', url: pathToFileURL('/opt/x.js').href, lineNumber: 0 } }],
  }
  expect(summariseProfile(profile, { fromMs: 0, toMs: 100 }).functions[0]?.name).toBe('f /opt/x.js:1')
})
