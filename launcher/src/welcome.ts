import type { Account } from './accounts.ts'
import type { Addresses } from './shop.ts'

export interface Welcome {
  addresses: Addresses
  accounts: Record<string, Account>
  accountsFile: string
  dataDir: string
  logPath: string
  /** Processes beside the first of their service. */
  others?: readonly { name: string; url: string }[]
}

/** What the terminal shows when everything is ready. */
export function welcomeText({ addresses, accounts, accountsFile, dataDir, logPath, others = [] }: Welcome): string {
  const { gateway, ...parts } = addresses
  const places = [...Object.entries(parts), ...others.map(({ name, url }) => [name, url] as const)]
  const width = Math.max(14, ...places.map(([name]) => name.length))
  const people = Object.entries(accounts).map(([role, { email, password }]) => `  ${role.padEnd(14)} ${email.padEnd(32)} ${password}`)
  const readySeconds = (performance.now() / 1000).toFixed(1)
  return [
    '',
    `Order Flow is ready after ${readySeconds} s. Open the shop:`,
    '',
    `  ${gateway}`,
    '',
    'Behind the gateway, on this machine only:',
    ...places.map(([name, url]) => `  ${name.padEnd(width)} ${url}`),
    '',
    `Sign-ins (kept in ${accountsFile}):`,
    ...people,
    '',
    `Data: ${dataDir}   Log: ${logPath}   Stop: Ctrl-C`,
    '',
  ].join('\n')
}
