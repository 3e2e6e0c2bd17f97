// Asks Java's server everything in golden-requests.ts and writes down what it answers, into golden/, one file per scenario.
//   npm run eureka:record -w interop
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askAll } from './golden.ts'
import { SCENARIOS } from './golden-requests.ts'
import { javaServer } from './registries.ts'

const FOLDER = join(import.meta.dirname, 'golden')

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER)
for (const { name, requests } of SCENARIOS) {
  const registry = await javaServer.start()
  const recorded = await askAll(registry.serviceUrl, requests)
  await registry.stop()
  writeFileSync(join(FOLDER, `${name}.json`), JSON.stringify(recorded))
  console.log(`${name}: ${recorded.length} answers`)
}
execFileSync('npx', ['biome', 'format', '--write', FOLDER], { stdio: 'inherit' })
