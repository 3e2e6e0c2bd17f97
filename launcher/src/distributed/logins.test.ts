import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loginsFor } from './logins.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
  file = join(folder, 'passwords.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('every service with a database has a role, a schema and a password of its own; so has the auditor', () => {
  const { services, auditor } = loginsFor('order_flow', file)
  expect(services.map(({ role, schema }) => [role, schema])).toEqual([
    ['order_flow_identity_service', 'identity_service'],
    ['order_flow_order_service', 'order_service'],
    ['order_flow_inventory_payment_service', 'inventory_payment_service'],
    ['order_flow_notification_chat_service', 'notification_chat_service'],
  ])
  expect(auditor.role).toBe('order_flow_auditor')
  const passwords = [...services, auditor].map(({ password }) => password)
  expect(new Set(passwords).size).toBe(5)
  for (const password of passwords) expect(password).toMatch(/^[\w-]{32}$/)
})

test('the passwords of the first start are those of every start, and are for their owner alone', () => {
  const first = loginsFor('order_flow', file)
  expect(loginsFor('order_flow', file)).toEqual(first)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('databases on one server have different roles, whose names fit PostgreSQL', () => {
  const names = [
    'order_flow',
    'order_flow_2',
    'Order_Flow',
    'a-very-long-name-for-a-database-1',
    'a-very-long-name-for-a-database-2',
    '7',
    '상점',
  ]
  const roles = names.flatMap((name) => loginsFor(name, file).services.map(({ role }) => role))
  expect(new Set(roles).size).toBe(names.length * 4)
  for (const role of roles) expect(role).toMatch(/^[a-z_][a-z0-9_]{0,40}$/)
})

test('a file that cannot be read is told, not replaced', () => {
  writeFileSync(file, '{"order_service": "')
  expect(() => loginsFor('order_flow', file)).toThrow(/passwords.json holds the passwords .* cannot be read: restore it, or remove it/)
})
