import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { aFile } from '../../test/invoice-csv.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('bad input ends with exit code 2 and one sentence, before any system is asked', () => {
  const path = aFile('a,b\n1,2\n')
  const { status, stdout, stderr } = run(path, '--gateway', 'http://127.0.0.1:9')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(/^.* lacks the columns invoice_no, .*\. Nothing was changed\.\n$/)
})

test('wrong use ends with exit code 2 and points to the help, which ends with 0', () => {
  expect(run('f.csv', '--fast')).toEqual({
    status: 2,
    stdout: '',
    stderr: "Unknown option '--fast'. `npm run replay -- --help` shows the options.\n",
  })
  expect(run('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--report F.json') })
})
