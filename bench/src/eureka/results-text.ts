import { profileTexts } from '../profile-text.ts'
import { errorText, table } from '../table.ts'
import { aimsOf, compare } from './comparison.ts'
import type { EurekaResults, ServerResults, SizeResults } from './results.ts'

/** The results as tables for a terminal, one for each number of instances. */
export function formatResults(results: EurekaResults): string {
  return [...results.sizes.map(sizeText), settingText(results)].join('\n')
}

function sizeText(size: SizeResults): string {
  const isRunning = size.servers.running !== undefined
  const figures = compare(size).filter(({ ours, java, javaTuned }) => [ours, java, javaTuned].some((value) => value !== null))
  const rows = figures.map(({ name, ours, java, javaTuned, advantage }) => [
    name,
    figure(ours),
    figure(java),
    advantage === null ? '' : `${figure(advantage)} x`,
    figure(javaTuned),
  ])
  return [
    table([[`${size.instances} instances`, isRunning ? 'running' : 'ours', 'java', 'better', 'java, tuned'], ...rows]),
    table(aimsOf(size).map(({ aim, found, isReached }) => [aim, figure(found), verdict(isReached)])),
    ...Object.entries(size.servers).flatMap(([kind, server]) => remarks(kind, server)),
  ].join('\n')
}

/** What must be known to believe the figures: errors, and a load generator that was itself the limit. */
function remarks(kind: string, { loads, registerToVisible, profiles, facts, warmUpSeconds }: ServerResults): string[] {
  const loadRemarks = Object.entries(loads).flatMap(([name, { errors, generatorCores }]) => [
    ...(Object.keys(errors).length > 0 ? [`${kind}, ${name}: errors: ${errorText(errors)}\n`] : []),
    ...(generatorCores > BUSY_CORES ? [`${kind}, ${name}: the generator was busy (${generatorCores} cores): more may be possible\n`] : []),
  ])
  const { streamRestarts } = registerToVisible
  return [
    ...loadRemarks,
    ...(streamRestarts > 0 ? [`${kind}: the stream was cut off ${streamRestarts} times\n`] : []),
    ...Object.entries(profiles).flatMap(([name, threads]) => profileTexts(threads).map((text) => `${kind}, ${name}: ${text}`)),
    `${kind}: ${Object.entries(facts)
      .map(([fact, value]) => `${fact} ${value}`)
      .join(', ')}; steady after ${warmUpSeconds} s\n`,
  ]
}

const BUSY_CORES = 0.9

function settingText({ machine, load, notMeasured }: EurekaResults): string {
  const { connections, secondsEach, warmUpSeconds, perApplication } = load
  return [
    ...Object.entries(notMeasured).map(([kind, reason]) => `${kind} was not measured: ${reason}.`),
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}, commit ${machine.commit ?? 'unknown'}`,
    `${connections} connections, ${secondsEach} s each after at least ${warmUpSeconds} s of warming up, ${perApplication} instances of each application`,
    '',
  ].join('\n')
}

function verdict(isReached: boolean | null): string {
  if (isReached === null) return 'not measured'
  return isReached ? 'reached' : 'MISSED'
}

function figure(value: number | null): string {
  if (value === null) return '-'
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
