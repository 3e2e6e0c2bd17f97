// Reads a password from standard input, up to the end of the line, and prints its argon2 hash for eureka.server.security.accounts.
import { text } from 'node:stream/consumers'
import { hash } from '@node-rs/argon2'

const [password = ''] = (await text(process.stdin)).split(/\r?\n/)
if (password) process.stdout.write(`${await hash(password)}\n`)
else {
  process.stderr.write('Give the password on standard input.\n')
  process.exitCode = 1
}
