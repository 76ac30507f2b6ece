import { statSync } from 'node:fs'
import { Command } from 'commander'
import { ProblemError } from '../../shared/contract/problem.js'
import { readSetting, type SettingKey, settingKeys, settings } from '../../shared/settings.js'
import { type ClientConfig, loadClientConfig } from '../config.js'
import { readSecretLine } from '../input/keyboard.js'
import { readStdin } from '../input/prompt.js'
import { fieldLines, type Listing, printJson, printLines, printList } from '../output/print.js'
import { say } from '../output/report.js'
import { howToRestart, notRenewed } from '../personal/not-renewed.js'
import { withoutValue, withValue, writeConfigFile } from '../settings/file.js'
import { parseConfigValue, settingKeyOf } from '../settings/values.js'
import { sanitiseLine } from '../text/sanitise.js'

export function configCommand(): Command {
  return new Command('config')
    .summary('get, set and list settings')
    .description(
      'Settings are kept in config.json; an environment variable wins over what is kept there. ' +
        'A daemon that a client started is renewed with changed settings at its next use.',
    )
    .addCommand(getCommand())
    .addCommand(setCommand())
    .addCommand(unsetCommand())
    .addCommand(listCommand())
    .addCommand(
      new Command('path')
        .summary('print where config.json is')
        .description('Prints where config.json is.')
        .action(() => printLines([shown(loadClientConfig().home.config)])),
    )
    .addHelpText('after', () => `\nSettings:\n${settingsHelp()}`)
}

function settingsHelp(): string {
  const rows = settingKeys.map((key) => [key, `${settings[key].env}`] as const)
  return fieldLines(rows)
    .map((line) => `  ${line}`)
    .join('\n')
}

function getCommand(): Command {
  return new Command('get')
    .summary('print the value in effect')
    .description(
      'Prints the value in effect. A secret is never printed: [secret] says that it is set.',
    )
    .argument('<key>', 'for example gateway.url')
    .action((word: string) => {
      const { env, file } = loadClientConfig()
      const key = settingKeyOf(word)
      const setting = readSetting(key, env, file)
      if (setting === undefined) {
        throw new ProblemError('not_found', `${key} is not set`, { hint: settings[key].summary })
      }
      printLines([settings[key].secret ? '[secret]' : shown(setting.value)])
    })
}

function setCommand(): Command {
  return new Command('set')
    .summary('set a value; secrets come from stdin')
    .description(
      'Sets a value. A secret is read from stdin, never from the arguments, which others can see: ' +
        'typed without echo on a terminal, or from a pipe.',
    )
    .argument('<key>', 'for example gateway.url')
    .argument('[value]', 'the value; left out for secrets')
    .option('--unset', 'remove it instead')
    .action(async (word: string, value: string | undefined, options: { unset?: boolean }) => {
      const key = settingKeyOf(word)
      if (options.unset && value !== undefined) {
        throw new ProblemError('invalid_request', '--unset takes no value')
      }
      if (options.unset) return unset(key)
      const text = settings[key].secret ? await readSecret(key, value) : needValue(key, value)
      const { home, file, env } = loadClientConfig()
      writeConfigFile(home.config, withValue(file, key, parseConfigValue(key, text)))
      const { keepSetting } = await import('../stack/stack.js')
      keepSetting(home, key)
      warnOfOthers(key, { env, home })
    })
    .addHelpText(
      'after',
      '\nExamples:\n  c2a config set gateway.url http://127.0.0.1:4000\n' +
        '  c2a config set gateway.key < key.txt',
    )
}

function unsetCommand(): Command {
  return new Command('unset')
    .summary('remove a value')
    .description('Removes a value from config.json.')
    .argument('<key>', 'for example gateway.url')
    .action((word: string) => unset(settingKeyOf(word)))
}

function unset(key: SettingKey): void {
  const { home, file, env } = loadClientConfig()
  if (readSetting(key, {}, file)?.source === 'config.json') {
    writeConfigFile(home.config, withoutValue(file, key))
  }
  warnOfOthers(key, { env, home })
}

/** What keeps the value from counting at once. */
function warnOfOthers(key: SettingKey, { env, home }: Pick<ClientConfig, 'env' | 'home'>): void {
  const name = settings[key].env
  if (env[name]) say(`${name} is set in the environment and wins over config.json`)
  const pid = settings[key].client ? undefined : notRenewed(home)
  if (pid !== undefined) say(`the daemon (pid ${pid}) does not take it yet. ${howToRestart}`)
}

function needValue(key: SettingKey, value: string | undefined): string {
  if (value !== undefined) return value
  throw new ProblemError('invalid_request', `give a value: c2a config set ${key} VALUE`, {
    hint: settings[key].summary,
  })
}

async function readSecret(key: SettingKey, value: string | undefined): Promise<string> {
  if (value !== undefined) {
    const why = 'every user of this machine can read arguments, and the shell keeps them'
    throw new ProblemError('invalid_request', `${key} is a secret: ${why}`, {
      hint: `Run c2a config set ${key} and type it, or pipe it in: c2a config set ${key} < FILE`,
    })
  }
  const text = process.stdin.isTTY
    ? await readSecretLine(`${key} (not shown): `)
    : (await readStdin()).trim()
  if (/\p{Cc}/u.test(text)) {
    throw new ProblemError('invalid_request', `${key}: more than one line, or control characters`)
  }
  return text
}

interface Row {
  key: SettingKey
  env: string
  value: string | null
  source: string | null
}

function listCommand(): Command {
  return new Command('list')
    .summary('list all settings with their values')
    .description(
      'Lists every setting: its value, and where that comes from. Secrets are only set or unset.',
    )
    .option('--json', 'as a JSON array')
    .action((options: { json?: boolean }) => {
      const config = loadClientConfig()
      const rows = settingKeys.map((key) => rowOf(key, config))
      if (options.json) printJson(rows)
      else printList(rows, listing, config.env)
      warnOfReaders(config)
    })
}

function warnOfReaders({ home, file }: ClientConfig): void {
  const held = settingKeys.some(
    (key) => settings[key].secret && readSetting(key, {}, file)?.source === 'config.json',
  )
  if (!held || process.platform === 'win32') return
  const mode = statSync(home.config, { throwIfNoEntry: false })?.mode ?? 0
  if (mode & 0o044) say(`${home.config} holds a secret that others can read: chmod 600 it`)
}

function rowOf(key: SettingKey, { env, file }: ClientConfig): Row {
  const setting = readSetting(key, env, file)
  const value = settings[key].secret ? (setting ? 'set' : 'unset') : (setting?.value ?? null)
  return { key, env: settings[key].env, value, source: setting?.source ?? null }
}

const listing: Listing<Row> = {
  columns: [{ title: 'KEY' }, { title: 'VALUE', elastic: 12 }, { title: 'SOURCE' }],
  forTerminal: ({ key, value, source, env }) => [
    key,
    value ?? '-',
    source === 'environment' ? env : (source ?? '-'),
  ],
  forPipe: ({ key, value, source }) => [key, value, source],
}

function shown(value: string): string {
  return process.stdout.isTTY ? sanitiseLine(value) : value
}
