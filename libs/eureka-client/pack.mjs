// npm packs `exports` as they stand, and those of the workspace point at the sources, which Node does not run from
// node_modules. So while the package is packed its manifest says what `publishConfig` has instead; then it is as before.
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

const MANIFEST = new URL('package.json', import.meta.url)
const KEPT_MANIFEST = new URL('package.json.kept', import.meta.url)
const LICENSE = new URL('LICENSE', import.meta.url)

const tasks = {
  begin() {
    tasks.end() // what a pack that was cut off has left
    copyFileSync(MANIFEST, KEPT_MANIFEST)
    copyFileSync(new URL('../../LICENSE', import.meta.url), LICENSE)
    writeFileSync(MANIFEST, `${JSON.stringify(publicManifest(JSON.parse(readFileSync(MANIFEST, 'utf8'))), null, 2)}\n`)
  },
  end() {
    rmSync(LICENSE, { force: true })
    if (existsSync(KEPT_MANIFEST)) renameSync(KEPT_MANIFEST, MANIFEST)
  },
}

function publicManifest({ private: _, scripts: __, publishConfig: { exports, types, ...publishConfig }, ...manifest }) {
  return { ...manifest, exports, types, publishConfig }
}

const task = tasks[process.argv[2]]
if (!task) throw new Error('Say begin or end.')
task()
