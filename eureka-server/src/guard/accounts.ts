import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, createParser, type Logger, messageOf } from '@order-flow/service-kit'
import { Type } from 'typebox'
import { ALL_PERMISSIONS, type Rights, rightsOf } from './access-rules.ts'
import { isLoopback } from './foreign-requests.ts'
import { digestOf, randomPassword, type Secret, secretOf } from './secrets.ts'
import { AccountConfig, type SecurityConfig, type SpringSecurityConfig } from './security-config.ts'

/** Who may sign in, and what then may be done. */
export interface Account {
  name: string
  rights: Rights
  password?: Secret
  /** Digest of the token. */
  token?: Buffer
}

const MIN_TOKEN_LENGTH = 16

/** Whether requests need an account. Errors: `invalid` when they would need none though others can reach the address. */
export function needsAccounts({ enabled }: Pick<SecurityConfig, 'enabled'>, address: string): boolean {
  if (enabled !== false) return enabled === true || !isLoopback(address)
  if (isLoopback(address)) return false
  throw new AppError(
    'invalid',
    `eureka.server.security.enabled is false, but the registry listens on ${address}, where others can reach it: leave it on, or listen on 127.0.0.1 (server.address).`,
  )
}

/**
 * The accounts of the configuration; when it has none, those of the file, which is made with random passwords when it is
 * missing. Errors: `invalid`, in words that hold no password.
 */
export function loadAccounts(
  security: SecurityConfig,
  spring: SpringSecurityConfig,
  { file, logger }: { file: string; logger: Logger },
): Account[] {
  const configured = [...security.accounts, ...springAccount(spring)]
  return configured.length > 0 ? accountsOf(configured) : accountsOf(fileAccounts(file, logger))
}

/** Compiles what is configured. Errors: `invalid`. */
export function accountsOf(configured: readonly AccountConfig[]): Account[] {
  const names = new Set<string>()
  return configured.map(({ name, password, token, may }) => {
    if (!/^[^:\p{Cc}]+$/u.test(name)) {
      throw new AppError('invalid', `An account of the registry has the name "${name}": it must have one, without a colon.`)
    }
    if (names.has(name)) throw new AppError('invalid', `Two accounts of the registry have the name "${name}".`)
    names.add(name)
    if (!password && !token) throw new AppError('invalid', `The account "${name}" of the registry has neither a password nor a token.`)
    if (token && token.length < MIN_TOKEN_LENGTH) {
      throw new AppError('invalid', `The token of the account "${name}" has less than ${MIN_TOKEN_LENGTH} characters.`)
    }
    return {
      name,
      rights: rightsOf(may),
      ...(password && { password: secretOf(password, name) }),
      ...(token && { token: digestOf(token) }),
    }
  })
}

/** Spring has roles only for its own actuator: its one account may do everything. */
function springAccount({ user }: SpringSecurityConfig): AccountConfig[] {
  return user.password ? [{ name: user.name, password: user.password, token: '', may: everything() }] : []
}

function fileAccounts(file: string, logger: Logger): AccountConfig[] {
  if (existsSync(file)) {
    logger.info({ file }, 'accounts of the registry')
    return readAccounts(file)
  }
  const accounts = [
    { name: 'operator', password: randomPassword(), may: everything() },
    { name: 'client', password: randomPassword(), may: everything().filter(({ action }) => action === 'read' || action === 'register') },
  ]
  mkdirSync(dirname(file), { recursive: true })
  // Whoever reads it never sees half of it, and nobody but the owner sees it.
  writeFileSync(`${file}.new`, `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  logger.info({ file, accounts: accounts.map(({ name }) => name) }, 'accounts of the registry were made, with random passwords')
  return accounts.map((account) => ({ ...account, token: '' }))
}

function readAccounts(file: string): AccountConfig[] {
  try {
    const accounts = createParser(Type.Array(AccountConfig, { minItems: 1 }), 'it')(parseJson(readFileSync(file, 'utf8')))
    accountsOf(accounts)
    return accounts
  } catch (error) {
    throw new AppError(
      'invalid',
      `${file} holds the accounts of the registry and cannot be used (${messageOf(error)}): restore it, or remove it to get new ones.`,
    )
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words quote the text.
    throw new AppError('invalid', 'it is not JSON')
  }
}

function everything(): AccountConfig['may'] {
  return ALL_PERMISSIONS.map(({ action, applications }) => ({ action, applications: [...applications] }))
}
