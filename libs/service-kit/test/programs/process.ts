// A part as runProcess runs it; the environment says how it behaves.
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../src/errors.ts'
import { runProcess } from '../../src/run-process.ts'

const { BEHAVIOUR = '' } = process.env

await runProcess('part', async (logger) => {
  if (BEHAVIOUR === 'refuses') throw new AppError('invalid', 'The colour is missing: set colour.')
  setInterval(() => undefined, 1000)
  if (BEHAVIOUR === 'has a bug') setTimeout(() => Promise.reject(new Error('a bug')), 50)
  return {
    url: 'http://127.0.0.1:1',
    async stop() {
      logger.info('ending what runs')
      if (BEHAVIOUR === 'never stops') await pause(60_000)
      if (BEHAVIOUR === 'cannot stop') throw new Error('no disk')
    },
  }
})
