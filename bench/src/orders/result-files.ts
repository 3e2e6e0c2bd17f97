import { writeFile } from 'node:fs/promises'
import { resultPath } from '../result-path.ts'
import type { BenchOptions } from './options.ts'
import type { BenchResults } from './results.ts'
import { plotScenario } from './results-plot.ts'

/** Where the results go: as asked for, else a file of their own. Errors: a Failure when it cannot be written. */
export function resultFile({ jsonFile, mode, gatewayUrl }: BenchOptions, now: Date): Promise<string> {
  return resultPath(jsonFile, `orders-${gatewayUrl === undefined ? mode : 'running'}`, now)
}

/** Writes the results as JSON and a plot of each scenario beside them; answers what was written. */
export async function writeResults(path: string, results: BenchResults): Promise<string[]> {
  const base = path.replace(/\.json$/, '')
  const files = [
    { file: path, text: `${JSON.stringify(results, undefined, 2)}\n` },
    ...Object.entries(results.scenarios).map(([name, scenario]) => ({
      file: `${base}-${name}.svg`,
      text: plotScenario(name, scenario, results),
    })),
  ]
  for (const { file, text } of files) await writeFile(file, text)
  return files.map(({ file }) => file)
}
