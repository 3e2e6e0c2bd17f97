import { expect, test } from 'vitest'
import { motifFor } from './motif-words.ts'
import { cushion } from './motifs-home.tsx'
import { bowl, jar, mug } from './motifs-kitchen.tsx'

test('a whole word of the name decides what is drawn', () => {
  expect(motifFor('Stoneware mug, slate', 0)).toBe(mug)
  expect(motifFor('JAM TIN RED', 0)).toBe(jar)
  expect(motifFor('Oak cutting board', 0)).toBe(bowl)
  expect(motifFor('Celadon tea bowl', 0)).toBe(bowl)
  expect(motifFor('리넨 쿠션', 0)).toBe(cushion)
})

test('a name without such a word always gets the same drawing for the same hash', () => {
  expect(motifFor('Oddment', 7)).toBe(motifFor('Thingamajig', 7))
})
