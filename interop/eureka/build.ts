// Builds the Java programs that our registry is tested against: Spring Cloud's and Netflix's, from the parts that Maven publishes.
//   npm run eureka:build -w interop
// It needs a JDK 17 or later and Maven; the first time Maven fetches about 120 MB into its own folder. What is built already is
// left alone. `npm test` uses the programs when they are there and never builds them.
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const HERE = import.meta.dirname
const STAMP = join(HERE, 'target', 'built-from')
const BUILD_TIMEOUT_MS = 900_000
const run = promisify(execFile)

/** Why the programs cannot be started, in a sentence; undefined when they can. */
export function whyNotBuilt(): string | undefined {
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== hashOfSources()) {
    return 'The Java programs are not built (or not from these sources); npm run eureka:build -w interop builds them.'
  }
  if (missingParts().length > 0) return 'Parts that Maven had fetched are gone; npm run eureka:build -w interop fetches them.'
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
  } catch {
    return 'Java is missing: install a JDK 17 or later.'
  }
  return undefined
}

/** The files a program is made of, its own first. */
export function classPathOf(module: string): string[] {
  const parts = readFileSync(join(HERE, module, 'target', 'classpath.txt'), 'utf8').split(delimiter)
  return [join(HERE, module, 'target', 'program.jar'), ...parts.filter((part) => part !== '')]
}

async function build(): Promise<void> {
  if (whyNotBuilt() === undefined) return console.log('The Java programs are built already.')
  const startedMs = performance.now()
  await check('javac', 'A JDK is missing: install one, 17 or later (Debian: apt-get install default-jdk-headless).')
  await check('mvn', 'Maven is missing: install it (Debian: apt-get install maven).')
  try {
    await run('mvn', ['--quiet', '--batch-mode', '--file', join(HERE, 'pom.xml'), 'package'], { timeout: BUILD_TIMEOUT_MS })
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: string }
    throw new Error(`Maven could not build the Java programs: ${stdout || message}`)
  }
  mkdirSync(join(HERE, 'target'), { recursive: true })
  writeFileSync(STAMP, hashOfSources())
  console.log(`The Java programs are built (${((performance.now() - startedMs) / 1000).toFixed(0)} s).`)
}

async function check(command: string, complaint: string): Promise<void> {
  await run(command, ['-version']).catch(() => {
    throw new Error(complaint)
  })
}

function modules(): string[] {
  const pom = readFileSync(join(HERE, 'pom.xml'), 'utf8')
  return [...pom.matchAll(/<module>(.+)<\/module>/g)].map(([, name = '']) => name)
}

function missingParts(): string[] {
  return modules().flatMap((module) => classPathOf(module).filter((part) => !existsSync(part)))
}

function hashOfSources(): string {
  const files = globSync(['pom.xml', '*/pom.xml', '*/src/**/*.java'], { cwd: HERE }).sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(HERE, file)))
  return hash.digest('hex')
}

if (import.meta.main) {
  build().catch((error) => {
    console.error(error.message)
    process.exit(1)
  })
}
