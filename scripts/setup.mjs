// Makes the checkout runnable: installs what the lockfile names and, with --web, builds the web app when it is stale.
// Plain JavaScript for Node 20 or later, because it runs before the pinned Node 24 is there. It does nothing the
// second time, so every npm script may call it first.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const MINIMUM_NODE = 24
const PINNED_NODE_PLATFORMS = ['linux-x64', 'linux-arm64', 'win32-x64']

try {
  install()
  checkNode()
  if (process.argv.includes('--web')) buildWeb()
} catch (error) {
  console.error(`Set-up failed: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

/** `npm ci` when node_modules is missing or older than the lockfile. */
function install() {
  const lockfile = join(root, 'package-lock.json')
  const marker = join(root, 'node_modules', '.package-lock.json')
  if (existsSync(marker) && modifiedAt(marker) >= modifiedAt(lockfile)) return
  console.log('Installing dependencies (first run or changed lockfile) ...')
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  // npm keeps the marker's time from the cache on some platforms; now is what the next comparison needs.
  const now = new Date()
  utimesSync(marker, now, now)
}

/** npm links the pinned Node 24 where it has a build for it; elsewhere the machine's own must be new enough. */
function checkNode() {
  if (PINNED_NODE_PLATFORMS.includes(`${process.platform}-${process.arch}`)) return
  const major = Number(process.versions.node.split('.')[0])
  if (major >= MINIMUM_NODE) return
  throw new Error(
    `this platform (${process.platform}-${process.arch}) needs an installed Node ${MINIMUM_NODE} or later; ` +
      `found ${process.versions.node}. Install it from https://nodejs.org and run the command again.`,
  )
}

/** Builds web/dist when a source of the web app is newer than the last build. */
function buildWeb() {
  const built = join(root, 'web', 'dist', 'index.html')
  const sources = [
    'web/src',
    'web/public',
    'web/index.html',
    'web/vite.config.ts',
    'libs/contracts/src',
    'libs/client/src',
    'package-lock.json',
  ]
  if (existsSync(built) && modifiedAt(built) >= Math.max(...sources.map((path) => newest(join(root, path))))) return
  console.log('Building the web app ...')
  npm(['run', '--silent', 'build', '--workspace', 'web'])
}

function npm(args) {
  // npm tells its own location to the scripts it runs; without it (called by hand) the PATH must do.
  const cli = process.env.npm_execpath
  const [command, prefix] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []]
  try {
    execFileSync(command, [...prefix, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: command === 'npm' && process.platform === 'win32',
    })
  } catch {
    throw new Error(`"npm ${args.join(' ')}" did not succeed; its output is above.`)
  }
}

function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

function modifiedAt(path) {
  return statSync(path).mtimeMs
}
