import { expect, test } from 'vitest'
import { mergeSources } from './environment.ts'

test('the first source that has a key wins, whatever its spelling', () => {
  const merged = mergeSources([
    { name: 'strong', source: { 'server.max-wait': 1 } },
    { name: 'weak', source: { 'server.maxWait': 2, 'server.port': 3 } },
  ])
  expect(merged.get('server.maxWait')).toMatchObject({ value: 1, origin: 'strong' })
  expect(merged.get('server.port')).toMatchObject({ value: 3, origin: 'weak' })
})

test('a list comes whole from the strongest source that has an item of it', () => {
  const merged = mergeSources([
    { name: 'strong', source: { 'routes[0].id': 'a' } },
    { name: 'weak', source: { 'routes[0].uri': 'x', 'routes[1].id': 'b' } },
  ])
  expect([...merged.keys()]).toEqual(['routes.0.id'])
})

test('an emptied list is empty, and a filled one is not emptied by a weaker source', () => {
  const filled = { name: 'filled', source: { 'routes[0]': 'a' } }
  const emptied = { name: 'emptied', source: { routes: '' } }
  expect([...mergeSources([emptied, filled]).keys()]).toEqual(['routes'])
  expect([...mergeSources([filled, emptied]).keys()]).toEqual(['routes.0'])
})
