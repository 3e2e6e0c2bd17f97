// A service as runService runs it, whose database is not there at first.
import { Type } from 'typebox'
import { AppError } from '../../src/errors.ts'
import { runService } from '../../src/run-service.ts'

let tries = 0

await runService({
  name: 'part',
  Config: Type.Object({ colour: Type.String() }),
  createApp({ config, start, stop }) {
    tries += 1
    if (config.colour === 'unknown') throw new AppError('internal', 'The password is wrong: correct database.url.')
    if (tries < 3) throw new AppError('unavailable', `The database does not answer (${tries}).`)
    return { start, stop }
  },
})
