import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { settings } from '../../shared/settings.js'
import { packageRoot } from '../support/managed-postgres.js'
import { readDockerfile } from './dockerfile.js'
import { type EnvFile, envExamples, filled } from './env-files.js'

/*
 * The rules of docker-compose.yml and of what it reads. There is no Docker engine where the tests run:
 * what can be known from the files is held here, and the init script, the image's steps and the services
 * themselves are run by other tests.
 */

interface Service {
  image: string
  build?: string
  command?: string[]
  user?: string
  profiles?: string[]
  env_file?: string
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  networks?: string[] | Record<string, unknown>
  depends_on?: Record<string, { condition: string; required?: boolean }>
  healthcheck?: { test: string[]; start_period?: string }
  restart?: string
  stop_grace_period?: string
  extra_hosts?: string[]
  read_only?: boolean
  tmpfs?: string[]
  cap_drop?: string[]
  security_opt?: string[]
}

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8')
const text = read('docker-compose.yml')
const compose: {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, unknown>
} = parse(text, { merge: true })
const services = Object.entries(compose.services)
const service = (name: string): Service => {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return found
}
const networksOf = ({ networks = ['default'] }: Service): string[] =>
  Array.isArray(networks) ? networks : Object.keys(networks)
const each = <Seen>(look: (service: Service) => Seen): Record<string, Seen> =>
  Object.fromEntries(services.map(([name, one]) => [name, look(one)]))

describe('services', () => {
  test('are the ones of the stack, each behind its profile', () => {
    expect(each(({ profiles }) => profiles ?? [])).toEqual({
      postgres: [],
      redis: [],
      litellm: [],
      daemon: [],
      'daemon-2': ['scale'],
      'daemon-3': ['scale'],
      caddy: ['tls', 'scale'],
      openwebui: ['openwebui'],
    })
  })

  test('are published on loopback, unless C2A_BIND says otherwise, and the data not at all', () => {
    const published = services.flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port]),
    )
    for (const [, port] of published)
      expect(port).toMatch(/^(127\.0\.0\.1|\$\{C2A_BIND:-127\.0\.0\.1\}):\d+:\d+$/)
    expect(published.map(([name]) => name)).toEqual([
      'litellm',
      'daemon',
      'caddy',
      'caddy',
      'openwebui',
    ])
  })

  test('reach Postgres and Redis over a network of their own, which leads nowhere', () => {
    expect(compose.networks['data']).toEqual({ internal: true })
    const inside = services
      .filter(([, one]) => networksOf(one).includes('data'))
      .map(([name]) => name)
    expect(inside).toEqual(['postgres', 'redis', 'litellm', 'daemon', 'daemon-2', 'daemon-3'])
    expect([networksOf(service('postgres')), networksOf(service('redis'))]).toEqual([
      ['data'],
      ['data'],
    ])
  })

  test('are restarted, have time to end, and can gain no rights', () => {
    for (const [name, one] of services) {
      expect([name, one.restart]).toEqual([name, 'unless-stopped'])
      expect([name, one.stop_grace_period]).toEqual([name, expect.stringMatching(/^\d+s$/)])
      expect([name, one.security_opt]).toEqual([name, ['no-new-privileges:true']])
    }
    for (const name of ['daemon', 'daemon-2', 'daemon-3', 'redis']) {
      expect(service(name)).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        tmpfs: expect.anything(),
      })
    }
    expect(service('redis').user).toBe('redis')
    expect(readDockerfile().at(-1)?.user).toBe('node')
  })

  test('say whether they are well, and wait for what they cannot do without', () => {
    const ofImage = readDockerfile().at(-1)?.healthcheck
    const checks = each(({ healthcheck, image }) =>
      image === 'c2a-daemon' ? ofImage : healthcheck?.test,
    )
    for (const [name, check] of Object.entries(checks)) {
      expect([name, check?.join(' ')]).toEqual([
        name,
        expect.stringMatching(/^(CMD|node)(?!.*curl)/),
      ])
    }
    const { test: liveliness, start_period } = service('litellm').healthcheck ?? { test: [] }
    expect([liveliness.at(-1), start_period]).toEqual([
      expect.stringContaining('/health/liveliness'),
      '60s',
    ])

    const healthy = { condition: 'service_healthy' }
    const ifThere = { condition: 'service_healthy', required: false }
    const ofDaemon = { postgres: healthy, litellm: ifThere }
    expect(each(({ depends_on }) => depends_on ?? {})).toEqual({
      postgres: {},
      redis: {},
      litellm: { postgres: healthy, redis: healthy },
      daemon: ofDaemon,
      'daemon-2': ofDaemon,
      'daemon-3': ofDaemon,
      caddy: { daemon: healthy },
      openwebui: { litellm: ifThere },
    })
  })

  test('have a volume each where they keep something, and what they mount is here', () => {
    const mounts = services.flatMap(([name, { volumes = [] }]) =>
      volumes.map((volume) => ({
        name,
        source: volume.split(':')[0] ?? '',
        readOnly: volume.endsWith(':ro'),
      })),
    )
    const named = mounts
      .filter(({ source }) => !source.startsWith('./'))
      .map(({ source }) => source)
    expect(named.toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
    for (const { source, readOnly } of mounts.filter((mount) => mount.source.startsWith('./'))) {
      expect([source, readOnly, existsSync(join(packageRoot, source))]).toEqual([
        source,
        true,
        true,
      ])
    }
  })

  test('reach what runs on the host, where they talk to models', () => {
    for (const name of ['litellm', 'daemon', 'daemon-2', 'daemon-3', 'openwebui']) {
      expect([name, service(name).extra_hosts]).toEqual([
        name,
        ['host.docker.internal:host-gateway'],
      ])
    }
  })

  test('of one daemon share everything but their home and the port', () => {
    const { ports: _ports, build: _build, volumes, ...first } = service('daemon')
    const { profiles: _profiles, volumes: others, ...second } = service('daemon-2')
    expect(second).toEqual(first)
    expect([volumes, others]).toEqual([
      ['daemon-home:/var/lib/c2a'],
      ['daemon-2-home:/var/lib/c2a'],
    ])
    const { env } = readDockerfile().at(-1) ?? { env: {} }
    expect(env).toEqual({ C2A_HOME: '/var/lib/c2a' })
    expect(first.networks).toMatchObject({ default: { aliases: ['daemons'] } })
    expect(read('deploy/Caddyfile')).toMatch(/name daemons\n\s*port 3001\n/)
  })
})

describe('images', () => {
  const exact = /^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.-]+)?$/

  test('have exact tags', () => {
    const images = [
      ...services
        .map(([, { image }]) => image.replace(/^\$\{\w+:-(.*)\}$/, '$1'))
        .filter((image) => image !== 'c2a-daemon'),
      ...readDockerfile().map(({ from }) => from),
    ]
    for (const image of images) expect(image).toMatch(exact)
  })

  test('are one slim Node for both stages, which package.json allows', () => {
    const [build, last] = readDockerfile()
    expect(build?.from).toBe(last?.from)
    expect(last?.from).toMatch(/^node:(22|24)\.\d+\.\d+-\w+-slim$/)
  })

  test('of LiteLLM is the version of the lock, may be another, and never a bad one', () => {
    const { image } = service('litellm')
    const locked = /^litellm==(.*)$/m.exec(read('litellm/requirements.lock'))?.[1]
    expect(image).toBe(`\${LITELLM_IMAGE:-ghcr.io/berriai/litellm-database:${locked}}`)
    expect(['1.82.7', '1.82.8', '1.107.0']).not.toContain(locked)
  })
})

describe('the image of the daemon', () => {
  test('is built from what .dockerignore lets through, and nothing else is let through', () => {
    const [build, last] = readDockerfile()
    const copied = build?.copies.flatMap(({ sources }) => sources) ?? []
    const [first, ...through] = read('.dockerignore')
      .replace(/^#.*\n/gm, '')
      .trim()
      .split('\n')
    expect(first).toBe('*')
    expect(through.map((line) => line.replace('!', '')).toSorted()).toEqual(copied.toSorted())
    const kept = last?.copies.flatMap(({ sources }) => sources)
    expect(kept).toEqual(['/app/package.json', '/app/bin', '/app/dist', '/app/sql'])
    expect([build?.run[0], build?.run[1]]).toEqual([
      expect.stringMatching(/^npm ci /),
      expect.stringMatching(/^node scripts\/build\.mjs /),
    ])
  })
})

describe('settings', () => {
  const examples = envExamples()
  const example = (name: string): EnvFile => {
    const found = examples[name]
    if (found === undefined) throw new Error(`there is no .env.${name}.example`)
    return found
  }

  test('of a service are in one file of its own, which has an example and is not committed', () => {
    expect(read('.gitignore')).toContain('.env.*\n!.env.*.example\n')
    const files = each(({ env_file }) => env_file)
    expect(files).toMatchObject({
      postgres: '.env.postgres',
      redis: '.env.redis',
      litellm: '.env.litellm',
    })
    expect(files).toMatchObject({
      daemon: '.env.daemon',
      'daemon-2': '.env.daemon',
      openwebui: '.env.openwebui',
    })
    const used = new Set(Object.values(files).filter((file) => file !== undefined))
    expect([...used].map((file) => `${file}.example`).toSorted()).toEqual(
      readdirSync(packageRoot)
        .filter((name) => /^\.env\..*\.example$/.test(name))
        .toSorted(),
    )
  })

  test('have one line each that says what they are', () => {
    for (const [name, { variables }] of Object.entries(examples)) {
      for (const { key, comment } of variables) {
        expect([name, key, comment]).toEqual([name, key, expect.stringMatching(/^# \S/)])
      }
    }
  })

  test('in the compose file itself have a default each, docs/operations.md names them, and none is a secret', () => {
    const code = text.replace(/^\s*#.*\n/gm, '')
    const interpolated = [...code.matchAll(/(?<!\$)\$\{(\w+)(:-[^}]+)?\}/g)]
    // And none without braces, where a second $ was forgotten.
    expect(code).not.toMatch(/(?<!\$)\$(?![${])/)
    const known = new Set(interpolated.map(([, name]) => name))
    expect([...known].toSorted()).toEqual(['C2A_BIND', 'C2A_SITE', 'LITELLM_IMAGE'])
    for (const [whole, name = '', otherwise] of interpolated) {
      expect([whole, otherwise]).toEqual([whole, expect.stringMatching(/^:-./)])
      expect(read('docs/operations.md')).toContain(`\`${name}\``)
    }
    expect(code).not.toMatch(/(PASSWORD|KEY|SECRET|TOKEN)\w*['"]?\s*[:=]\s*['"]?\w/)
    expect(code).not.toMatch(/CHANGE_ME|sk-|:\/\/[^/\s]*:[^/\s]*@/)
  })

  test('that are read in a container with $$ are in its file', () => {
    for (const [name, { command = [], healthcheck, env_file = '' }] of services) {
      const used = [...command, ...(healthcheck?.test ?? [])].join(' ').matchAll(/\$\$\{?(\w+)/g)
      for (const [, variable = ''] of used) {
        expect([name, Object.keys(example(env_file.replace('.env.', '')).values)]).toEqual([
          name,
          expect.arrayContaining([variable]),
        ])
      }
    }
  })

  test('have a marker wherever a secret belongs, and the same secret where two must agree', () => {
    const secretNames = /PASSWORD$|_KEY$|SECRET|TOKEN$|DATABASE_URL$/
    const empty = ['SLACK_SIGNING_SECRET']
    for (const { values } of Object.values(examples)) {
      for (const [key, value] of Object.entries(values)) {
        if (empty.includes(key)) expect([key, value]).toEqual([key, ''])
        else if (secretNames.test(key))
          expect([key, value]).toEqual([key, expect.stringContaining('CHANGE_ME_')])
        else expect([key, value]).toEqual([key, expect.not.stringContaining('CHANGE_ME')])
      }
    }
    const env = filled(examples)
    const { daemon = {}, litellm = {}, postgres = {}, redis = {}, openwebui = {} } = env
    const ours = new URL(daemon['C2A_DATABASE_URL'] ?? '')
    expect([ours.username, ours.password, ours.host, ours.pathname]).toEqual([
      'c2a',
      postgres['C2A_DB_PASSWORD'],
      'postgres:5432',
      '/c2a',
    ])
    const theirs = new URL(litellm['DATABASE_URL'] ?? '')
    expect([theirs.username, theirs.password, theirs.host, theirs.pathname]).toEqual([
      'litellm_app',
      postgres['LITELLM_DB_PASSWORD'],
      'postgres:5432',
      '/litellm',
    ])
    expect(litellm['LITELLM_MASTER_KEY']).toMatch(/^sk-\w{32}/)
    expect([daemon['LITELLM_API_KEY'], openwebui['OPENAI_API_KEY']]).toEqual([
      litellm['LITELLM_MASTER_KEY'],
      litellm['LITELLM_MASTER_KEY'],
    ])
    expect(litellm['REDIS_PASSWORD']).toBe(redis['REDIS_PASSWORD'])
    expect(daemon['C2A_ADMIN_TOKEN']).toMatch(/^c2a_[a-z0-9]+_[A-Za-z0-9]+$/)
    const secrets = [...Object.values(postgres), ...Object.values(redis)].filter(
      (value) => value.length > 30,
    )
    expect(new Set(secrets).size).toBe(secrets.length)
  })

  test('of LiteLLM hold nothing of ours', () => {
    const { values } = example('litellm')
    expect(Object.keys(values).filter((key) => key.startsWith('C2A_'))).toEqual([])
    expect(JSON.stringify(values)).not.toMatch(/c2a/i)
    expect(service('litellm').environment ?? {}).toEqual({})
  })

  test('of the daemon are ones that it reads', () => {
    const read = new Set<string>(Object.values(settings).map(({ env }) => env))
    // Read where there is Slack.
    read.add('SLACK_SIGNING_SECRET')
    expect(Object.keys(example('daemon').values).filter((key) => !read.has(key))).toEqual([])
    expect(
      Object.keys(service('daemon').environment ?? {}).filter((key) => !read.has(key)),
    ).toEqual([])
  })

  test('that the model list needs are in the file of LiteLLM', () => {
    const config = read('litellm/config.yaml') + read('litellm/config.redis.yaml')
    const wanted = [...config.matchAll(/os\.environ\/(\w+)/g)].map(([, name]) => name)
    const known = example('litellm').variables.map(({ key }) => key)
    expect(known).toEqual(expect.arrayContaining([...new Set(wanted)]))
    expect(service('litellm').command?.[1]).toBe('/etc/litellm/config.redis.yaml')
  })
})
