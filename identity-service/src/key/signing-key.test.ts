import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KeyPolicy, keyThatSigns, keyToMake, outlivedKeys, publicJwkOf, type SigningKey } from './signing-key.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const policy: KeyPolicy = { rotateAfterMs: 30 * DAY_MS, publishAheadMs: DAY_MS, tokenMs: 900_000 }
const start = Date.parse('2026-01-01T00:00:00.000Z')
const at = (ms: number) => new Date(start + ms)
const aKey = (generation: number, signsFrom: Date): SigningKey => ({
  generation,
  signsFrom,
  privateJwk: { kty: 'RSA', kid: `${generation}` },
})

test('the first key signs at once', () => {
  expect(keyToMake([], at(0), policy)).toEqual({ generation: 1, signsFrom: at(0) })
})

test('the next key is made when it is time to publish it, and signs when the old one has had its time', () => {
  const keys = [aKey(1, at(0))]
  expect(keyToMake(keys, at(29 * DAY_MS - 1), policy)).toBeUndefined()
  const next = keyToMake(keys, at(29 * DAY_MS), policy)
  expect(next).toEqual({ generation: 2, signsFrom: at(30 * DAY_MS) })
  const both = [...keys, aKey(2, at(30 * DAY_MS))]
  expect(keyThatSigns(both, at(30 * DAY_MS - 1))?.generation).toBe(1)
  expect(keyThatSigns(both, at(30 * DAY_MS))?.generation).toBe(2)
})

test('a key that is overdue is still published before it signs', () => {
  expect(keyToMake([aKey(1, at(0))], at(90 * DAY_MS), policy)).toEqual({ generation: 2, signsFrom: at(91 * DAY_MS) })
})

test('an old key is published until its last token has expired', () => {
  const keys = [aKey(1, at(0)), aKey(2, at(30 * DAY_MS))]
  expect(outlivedKeys(keys, at(30 * DAY_MS + 900_000), policy)).toEqual([])
  expect(outlivedKeys(keys, at(30 * DAY_MS + 900_001), policy)).toEqual([keys[0]])
})

test('whenever the service looks at its keys: one signs, was published ahead, and stays until its tokens have expired', () => {
  const pausesMs = fc.array(fc.integer({ min: 1, max: 40 * DAY_MS }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(pausesMs, (pauses) => {
      let nowMs = 0
      let keys: SigningKey[] = []
      const madeAtMs = new Map<number, number>()
      const lastTokenEndsMs = new Map<number, number>()
      for (const pauseMs of [0, ...pauses]) {
        nowMs += pauseMs
        const outlived = outlivedKeys(keys, at(nowMs), policy)
        const due = keyToMake(keys, at(nowMs), policy)
        keys = keys.filter((key) => !outlived.includes(key))
        if (due) {
          keys.push(aKey(due.generation, due.signsFrom))
          madeAtMs.set(due.generation, nowMs)
        }
        const signing = keyThatSigns(keys, at(nowMs))
        expect(signing).toBeDefined()
        const generation = signing?.generation ?? 0
        if (generation > 1) expect(nowMs - (madeAtMs.get(generation) ?? nowMs)).toBeGreaterThanOrEqual(policy.publishAheadMs)
        lastTokenEndsMs.set(generation, nowMs + policy.tokenMs)
        const published = new Set(keys.map((key) => key.generation))
        for (const [used, endsMs] of lastTokenEndsMs) if (endsMs >= nowMs) expect(published.has(used)).toBe(true)
      }
    }),
  )
})

test('nothing private is published', () => {
  const key = {
    ...aKey(1, at(0)),
    privateJwk: { kty: 'RSA', n: 'n', e: 'AQAB', d: 'd', p: 'p', q: 'q', dp: 'dp', dq: 'dq', qi: 'qi', kid: 'k' },
  }
  expect(publicJwkOf(key)).toEqual({ kty: 'RSA', n: 'n', e: 'AQAB', kid: 'k', alg: 'RS256', use: 'sig' })
})
