import { expect, test } from 'vitest'
import { createCloser } from './lifecycle.ts'

test('releases run last opened first, each once, and one that fails does not stop the others', async () => {
  const closer = createCloser()
  const order: string[] = []
  closer.defer(() => order.push('database'))
  closer.defer(() => {
    order.push('broker')
    throw new Error('broker is gone')
  })
  closer.defer(async () => order.push('server'))
  const closing = closer.close()
  await expect(closing).rejects.toThrow('1 of the releases failed.')
  await expect(closer.close()).rejects.toThrow()
  expect(order).toEqual(['server', 'broker', 'database'])
})
